import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { inspectBackup } from "./inspect.ts";

/** One step: the whole file in one transaction. */
const ALL_PAGES = 2 ** 31 - 1;

/**
 * Makes the store at `to` what the backup `from` holds, in one transaction of the store's own: until it is done,
 * and after a crash within it, the store is what it was, and a kernel that runs on it goes on with what was
 * restored. Without `force` only a store that is absent or empty is replaced, and none that a kernel has open.
 * Throws, having changed nothing, when the backup is not what its manifest says.
 */
export async function restoreBackup(from: string, to: string, force: boolean): Promise<void> {
  const amiss = await inspectBackup(from);
  if (amiss.length > 0) throw new Error(`${from} is damaged: ${amiss.join("; ")}`);
  const refused = force ? undefined : whyKept(to);
  if (refused) throw new Error(`${to} ${refused}; --force replaces all it holds`);
  await mkdir(dirname(to), { recursive: true });
  const source = new DatabaseSync(from, { readOnly: true });
  try {
    await backup(source, to, { rate: ALL_PAGES });
  } finally {
    source.close();
  }
}

/** Why a store should not be replaced; undefined when nothing speaks for keeping it. */
function whyKept(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const connection = new DatabaseSync(file, { timeout: 0 });
  try {
    // In WAL mode this mode needs the file for itself: it is refused while anybody else has it open.
    connection.exec("PRAGMA locking_mode = EXCLUSIVE");
    const made = connection.prepare("SELECT name FROM sqlite_schema WHERE name = 'branches'").get();
    const filled = made && connection.prepare("SELECT 1 FROM branches LIMIT 1").get();
    return filled && "is not empty";
  } catch (error) {
    if (isBusy(error)) return "is in use by a kernel";
    throw error;
  } finally {
    connection.close();
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && Number(error.errcode) === 5;
}
