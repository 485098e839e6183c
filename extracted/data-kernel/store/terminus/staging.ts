import { DatabaseSync } from "node:sqlite";
import type { Staging, StoreCommit, Write } from "../port.ts";
import { STAGED_SCHEMA, stagedWrites, stageWrites } from "../sqlite/staged.ts";
import { inMemory } from "../writes.ts";
import { type Asked, commit, evaluate } from "./commits.ts";
import type { Connection } from "./connection.ts";

const UPLOAD = 1;

export function askedOf({ writes, ...terms }: StoreCommit): Asked {
  return { ...terms, writes: inMemory(writes), bytes: bytesOf(writes) };
}

function bytesOf(writes: readonly Write[]): number {
  return writes.reduce((sum, write) => sum + ("put" in write ? Buffer.byteLength(write.put.body) : 0), 0);
}

/** Runs a method of the adapter's where a branch is, once the database is ready for it. */
type Run = <R>(branch: string, method: (connection: Connection) => Promise<R>) => Promise<R>;

/** Keeps the writes in a file of SQLite's that has no name: the server hears of them when they are committed. */
export function stagingFor(run: Run): Staging {
  const file = new DatabaseSync("");
  file.exec(STAGED_SCHEMA);
  const sql = file.createTagStore();
  let bytes = 0;
  const writes = stagedWrites(sql, UPLOAD);
  return {
    async add(added) {
      stageWrites(sql, { upload: UPLOAD, writes: added });
      bytes += bytesOf(added);
    },
    commit: (terms) => run(terms.branch, (connection) => commit(connection, { ...terms, writes, bytes })),
    evaluate: (terms) => run(terms.branch, (connection) => evaluate(connection, { ...terms, writes, bytes })),
    async discard() {
      if (file.isOpen) file.close();
    },
  };
}
