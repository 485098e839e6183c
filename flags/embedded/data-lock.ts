import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * Keeps a second process out of `dir`: two PGlites on one directory corrupt it without an error. The lock is
 * SQLite's, so the kernel drops it when the holder dies, however it dies: there is no stale lock to judge.
 * Throws when another process holds the directory, naming its pid.
 */
export function lockDataDir(dir: string): () => void {
  mkdirSync(dir, { recursive: true });
  const holder = join(dir, "pid");
  const lock = new DatabaseSync(join(dir, "lock.sqlite"), { timeout: 0 });
  try {
    lock.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    throw new Error(`${dir} is in use by process ${readHolder(holder)}; stop it or set another DATA_DIR`, {
      cause: error,
    });
  }
  writeFileSync(holder, `${process.pid}\n`);
  return () => lock.close();
}

function readHolder(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "unknown";
  }
}
