import type { SQLTagStore } from "node:sqlite";
import { invalid } from "@oms/chassis/errors/service-error.ts";
import type { Inspect } from "../../hooks/inspect.ts";
import type { CommitTerms, Committed, Write } from "../port.ts";
import type { Writes } from "../writes.ts";
import { commitWrites, evaluateWrites } from "./commits.ts";

/**
 * A connection's own table, in a file that SQLite unlinks as it opens it: uploads never fill memory, are nobody
 * else's to see, and end with the process. `body` NULL deletes.
 */
export const STAGED_SCHEMA = `
  CREATE TEMP TABLE staged (
    position INTEGER PRIMARY KEY,
    upload INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT,
    body TEXT
  ) STRICT;
  CREATE UNIQUE INDEX temp.staged_document ON staged (upload, id);
  CREATE INDEX temp.staged_upload ON staged (upload, position);
`;

type Upload = { readonly upload: number };

export function stageWrites(
  sql: SQLTagStore,
  { upload, writes }: Upload & { readonly writes: readonly Write[] },
): void {
  const before = Number(sql.get`SELECT count(*) AS n FROM staged WHERE upload = ${upload}`?.["n"]);
  for (const [index, write] of writes.entries()) {
    const { id, type, body } = "put" in write ? write.put : { id: write.delete, type: null, body: null };
    const { changes } = sql.run`
      INSERT INTO staged (upload, id, type, body) VALUES (${upload}, ${id}, ${type}, ${body})
      ON CONFLICT DO NOTHING`;
    if (changes === 1) continue;
    const field = `writes[${before + index}].${"put" in write ? "put.id" : "delete"}`;
    throw invalid(field, "must be written only once");
  }
}

export function commitStaged(
  sql: SQLTagStore,
  { upload, ...terms }: Upload & CommitTerms,
  inspect: Inspect,
): Committed {
  return commitWrites(sql, { ...terms, writes: stagedWrites(sql, upload) }, inspect);
}

export function evaluateStaged(
  sql: SQLTagStore,
  { upload, ...terms }: Upload & CommitTerms & { readonly at: string; readonly skip: number },
  inspect: Inspect,
): Committed {
  return evaluateWrites(sql, { ...terms, writes: stagedWrites(sql, upload) }, inspect);
}

export function discardStaged(sql: SQLTagStore, { upload }: Upload): void {
  sql.run`DELETE FROM staged WHERE upload = ${upload}`;
}

/** What was added, in that order, one at a time. */
export function stagedWrites(sql: SQLTagStore, upload: number): Writes {
  return {
    *[Symbol.iterator]() {
      for (const row of sql.iterate`
        SELECT id, type, body FROM staged WHERE upload = ${upload} ORDER BY position`)
        yield toWrite(row);
    },
    of(id) {
      const row = sql.get`SELECT id, type, body FROM staged WHERE upload = ${upload} AND id = ${id}`;
      return row && toWrite(row);
    },
  };
}

function toWrite(row: Record<string, unknown>): Write {
  const id = String(row["id"]);
  if (row["body"] === null) return { delete: id };
  return { put: { id, type: String(row["type"]), body: String(row["body"]) } };
}
