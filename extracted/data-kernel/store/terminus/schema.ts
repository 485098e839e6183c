const text = "xsd:string";
const optional = { "@type": "Optional", "@class": text };
const texts = { "@type": "Set", "@class": text };

/** Says how the documents below are laid out; a database of a later layout is not touched. */
export const LAYOUT = "1";

/** What every branch holds, as the schema of the database; records.ts reads and writes it. All values are text. */
export const SCHEMA: readonly object[] = [
  { "@type": "@context", "@base": "terminusdb:///data/", "@schema": "terminusdb:///schema#" },
  {
    "@type": "Class",
    "@id": "Head",
    version: text,
    branch: text,
    origin: text,
    originCommit: text,
    inherited: text,
    createdMs: text,
    position: text,
    gaps: text,
    commit: text,
    timeMs: text,
    frozenBy: optional,
    frozenUntilMs: optional,
  },
  {
    "@type": "Class",
    "@id": "Commit",
    commitId: text,
    key: text,
    author: text,
    message: text,
    traceId: text,
    timeMs: text,
    sequence: text,
    position: text,
    fingerprint: text,
    parent: text,
    parentStore: text,
  },
  { "@type": "Class", "@id": "Touched", position: text, created: texts, updated: texts, deleted: texts },
  { "@type": "Class", "@id": "Changes", entries: text },
  { "@type": "Class", "@id": "CommitKey", position: text },
  { "@type": "Class", "@id": "CommitId", position: text },
  {
    "@type": "Class",
    "@id": "Document",
    documentId: text,
    documentType: text,
    revision: text,
    position: text,
    bytes: text,
    body: optional,
    bodyAt: optional,
    refers: texts,
  },
  { "@type": "Class", "@id": "Body", body: text },
  { "@type": "Class", "@id": "State", name: text, value: optional, version: text, writer: text },
  { "@type": "Class", "@id": "Layout", layout: text },
];
