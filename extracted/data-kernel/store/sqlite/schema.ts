/**
 * `versions` holds every document as every commit left it (`body` NULL: deleted) and never changes. `members` says
 * which ids ever had a type on a branch and whether they have it now, so that a query at the head passes over
 * neither old versions nor deleted documents. `origin_sequence`, `parent`: 0 is the state before any commit.
 */
const FIRST = `
  CREATE TABLE branches (
    branch INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    origin INTEGER REFERENCES branches,
    origin_sequence INTEGER NOT NULL,
    created_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE commits (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    branch INTEGER NOT NULL REFERENCES branches,
    parent INTEGER NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    author TEXT NOT NULL,
    message TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    UNIQUE (branch, key)
  ) STRICT;
  CREATE INDEX commits_of_branch ON commits (branch, sequence);
  CREATE TABLE versions (
    version INTEGER PRIMARY KEY,
    sequence INTEGER NOT NULL REFERENCES commits,
    branch INTEGER NOT NULL REFERENCES branches,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    body TEXT,
    replaces INTEGER REFERENCES versions
  ) STRICT;
  CREATE UNIQUE INDEX versions_of_document ON versions (branch, id, sequence);
  CREATE INDEX versions_of_commit ON versions (sequence);
  CREATE TABLE members (
    branch INTEGER NOT NULL REFERENCES branches,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    present INTEGER NOT NULL,
    PRIMARY KEY (branch, type, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX members_present ON members (branch, type, id) WHERE present = 1;
`;

/**
 * Branches can be rewritten. `removed` has the highest sequence whose commit is gone, for none is given twice;
 * `versions_replacing` keeps the foreign key from a scan for every version removed. A state's version is never given
 * twice either: AUTOINCREMENT.
 */
const REWRITES = `
  ALTER TABLE branches ADD COLUMN frozen_by TEXT;
  ALTER TABLE branches ADD COLUMN frozen_until_ms INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE removed (sequence INTEGER NOT NULL) STRICT;
  INSERT INTO removed (sequence) VALUES (0);
  CREATE INDEX versions_replacing ON versions (replaces) WHERE replaces IS NOT NULL;
  CREATE TABLE states (
    version INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    value TEXT NOT NULL
  ) STRICT;
`;

/**
 * `refers` holds what every version was written as referring to. `referrers` says which documents ever referred to
 * another on a branch and whether they do now, as `members` does of types.
 */
const REFERENCES = `
  CREATE TABLE refers (
    version INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE,
    target TEXT NOT NULL,
    PRIMARY KEY (version, target)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE referrers (
    branch INTEGER NOT NULL REFERENCES branches ON DELETE CASCADE,
    target TEXT NOT NULL,
    id TEXT NOT NULL,
    present INTEGER NOT NULL,
    PRIMARY KEY (branch, target, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX referrers_present ON referrers (branch, target, id) WHERE present = 1;
`;

/** What leads from each schema version to the next; a new file takes every step. */
export const STEPS: readonly string[] = [FIRST, REWRITES, REFERENCES];
