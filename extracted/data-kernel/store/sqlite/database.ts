import { DatabaseSync, type SQLTagStore } from "node:sqlite";
import { primaryCode } from "./result-code.ts";
import { STEPS } from "./schema.ts";
import { STAGED_SCHEMA } from "./staged.ts";
import { endStoppedWriter } from "./stopped-writer.ts";

/** One connection: its statements are prepared once and kept. */
export type Database = { readonly connection: DatabaseSync; readonly sql: SQLTagStore };

/** A page that a commit changes and that has no place here is written to the log before its time. */
const CACHE_KB = 32_768;
/**
 * Pages of 4 kB in the write-ahead log that bring it into the file: commits of small documents all over the store
 * change the same pages again and again, and the file gets each of them once.
 */
const LOG_PAGES = 8000;
const BUSY_TIMEOUT_MS = 5000;
/** After how much waiting for another writer it is looked at. */
const LOOK_EVERY_MS = 1000;
const BUSY = 5;

/** Opens `file` for writing, with its schema brought up to date. What is removed or masked is overwritten on disk. */
export function openForWriting(file: string): Database {
  const connection = new DatabaseSync(file, { timeout: LOOK_EVERY_MS });
  connection.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON");
  connection.exec(`PRAGMA cache_size = -${CACHE_KB}; PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
  const sql = connection.createTagStore();
  inTransaction(connection, "BEGIN IMMEDIATE", () => {
    const found = Number(sql.get`PRAGMA user_version`?.["user_version"]);
    if (found > STEPS.length) {
      throw new Error(`${file} has schema version ${found}; this kernel knows up to ${STEPS.length}`);
    }
    for (const step of STEPS.slice(found)) connection.exec(step);
    connection.exec(`PRAGMA user_version = ${STEPS.length}`);
  });
  connection.exec(STAGED_SCHEMA);
  return { connection, sql };
}

/** Opens a `file` that openForWriting has opened before; this connection cannot write to it. */
export function openForReading(file: string): Database {
  const connection = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, readOnly: true });
  connection.exec(STAGED_SCHEMA);
  return { connection, sql: connection.createTagStore() };
}

/** Runs `work` between `begin` and COMMIT; whatever is thrown undoes it all. */
export function inTransaction<R>(
  connection: DatabaseSync,
  begin: "BEGIN" | "BEGIN IMMEDIATE",
  work: () => R,
): R {
  if (begin === "BEGIN") connection.exec(begin);
  else beginWriting(connection);
  try {
    const result = work();
    connection.exec("COMMIT");
    return result;
  } catch (error) {
    if (connection.isTransaction) connection.exec("ROLLBACK");
    throw error;
  }
}

/** Waits for another writer as long as a reader would wait, but not for one that is stopped. */
function beginWriting(connection: DatabaseSync): void {
  for (let waited = LOOK_EVERY_MS; ; waited += LOOK_EVERY_MS) {
    try {
      connection.exec("BEGIN IMMEDIATE");
      return;
    } catch (error) {
      if (primaryCode(error) !== BUSY || waited >= BUSY_TIMEOUT_MS) throw error;
      endStoppedWriter(connection.location() ?? "");
    }
  }
}
