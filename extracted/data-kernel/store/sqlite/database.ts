import { DatabaseSync, type SQLTagStore } from "node:sqlite";

/** One connection: its statements are prepared once and kept. */
export type Database = { readonly connection: DatabaseSync; readonly sql: SQLTagStore };

const SCHEMA_VERSION = 1;
const BUSY_TIMEOUT_MS = 5000;

/**
 * `versions` holds every document as every commit left it (`body` NULL: deleted) and never changes. `members` says
 * which ids ever had a type on a branch and whether they have it now, so that a query at the head passes over
 * neither old versions nor deleted documents. `origin_sequence`, `parent`: 0 is the state before any commit.
 */
const SCHEMA = `
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

/** Opens `file` for writing, creating its schema when it is new. */
export function openForWriting(file: string): Database {
  const connection = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  connection.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  const sql = connection.createTagStore();
  inTransaction(connection, "BEGIN IMMEDIATE", () => {
    const found = Number(sql.get`PRAGMA user_version`?.["user_version"]);
    if (found > SCHEMA_VERSION) {
      throw new Error(`${file} has schema version ${found}; this kernel knows up to ${SCHEMA_VERSION}`);
    }
    if (found === 0) connection.exec(`${SCHEMA}; PRAGMA user_version = ${SCHEMA_VERSION}`);
  });
  return { connection, sql };
}

/** Opens a `file` that openForWriting has opened before; this connection cannot write. */
export function openForReading(file: string): Database {
  const connection = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, readOnly: true });
  return { connection, sql: connection.createTagStore() };
}

/** Runs `work` between `begin` and COMMIT; whatever is thrown undoes it all. */
export function inTransaction<R>(
  connection: DatabaseSync,
  begin: "BEGIN" | "BEGIN IMMEDIATE",
  work: () => R,
): R {
  connection.exec(begin);
  try {
    const result = work();
    connection.exec("COMMIT");
    return result;
  } catch (error) {
    if (connection.isTransaction) connection.exec("ROLLBACK");
    throw error;
  }
}
