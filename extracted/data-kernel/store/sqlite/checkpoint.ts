import type { Database } from "./database.ts";
import { type Failure, failureOf } from "./group.ts";

/** Brings the write-ahead log into the file and empties it; true when nobody's reading kept a part of it. */
export type Checkpoint = { readonly id: number; readonly method: "checkpoint" };
export type Checkpointed = { readonly id: number } & (
  | { readonly value: boolean }
  | { readonly failure: Failure }
);

export function checkpoint({ sql }: Database, id: number): Checkpointed {
  try {
    return { id, value: sql.get`PRAGMA wal_checkpoint(TRUNCATE)`?.["busy"] === 0 };
  } catch (error) {
    return { id, failure: failureOf(error) };
  }
}
