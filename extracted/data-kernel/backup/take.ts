import { existsSync } from "node:fs";
import { open, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { openForReading } from "../store/sqlite/database.ts";
import { digestOf } from "./digest.ts";
import { fileSha256, type Manifest, manifestFile } from "./manifest.ts";
import { openReading } from "./reading.ts";

/** Pages copied between two reports of progress. */
const PAGES_AT_ONCE = 500;

type Backup = {
  /** The kernel.db; kernels may be writing to it. */
  readonly from: string;
  readonly to: string;
  readonly replace: boolean;
  /** Unix milliseconds. */
  readonly nowMs: number;
  readonly progress: (copied: number, total: number) => void;
};

/**
 * Copies a store into one file, with a manifest beside it. Both are on disk before either takes its place, so what
 * fails, for want of room say, leaves an earlier backup as it was. Throws when `to` is there and not to be replaced.
 */
export async function takeBackup(request: Backup): Promise<Manifest> {
  const { from, to, replace, nowMs } = request;
  if (!existsSync(from)) throw new Error(`there is no store at ${from}`);
  if (existsSync(to) && !replace) throw new Error(`${to} exists; --force replaces it`);
  const partial = `${to}.partial`;
  try {
    await rm(partial, { force: true });
    await copy(request, partial);
    const manifest = await manifestOf(partial, nowMs);
    await writeFile(manifestFile(partial), `${JSON.stringify(manifest, null, 2)}\n`, { flush: true });
    await sync(partial);
    await rename(manifestFile(partial), manifestFile(to));
    await rename(partial, to);
    await sync(dirname(to));
    return manifest;
  } finally {
    const leftovers = ["", "-journal", "-wal", "-shm"].map((end) => `${partial}${end}`);
    for (const file of [...leftovers, manifestFile(partial)]) await rm(file, { force: true });
  }
}

/**
 * Within a read transaction of its own the source stands still; without it SQLite starts the copy over whenever a
 * kernel commits, and may never finish.
 */
async function copy({ from, progress }: Backup, partial: string): Promise<void> {
  const { connection } = openForReading(from);
  try {
    connection.exec("BEGIN; SELECT count(*) FROM sqlite_schema");
    await backup(connection, partial, {
      rate: PAGES_AT_ONCE,
      progress: ({ totalPages, remainingPages }) => progress(totalPages - remainingPages, totalPages),
    });
  } finally {
    connection.close();
  }
  // Out of WAL mode the backup is this one file, and reading it makes no others.
  const copied = new DatabaseSync(partial);
  copied.exec("PRAGMA journal_mode = DELETE");
  copied.close();
}

async function manifestOf(file: string, takenMs: number): Promise<Manifest> {
  const reading = openReading(file);
  try {
    const branches: Manifest["branches"] = [];
    for (const branch of await reading.listBranches()) {
      const digest = await digestOf(reading, branch, branch.head);
      branches.push({ name: branch.name, head: branch.head, ...digest });
    }
    const { size: bytes } = await stat(file);
    return { format: 1, takenMs, bytes, sha256: await fileSha256(file), branches };
  } finally {
    reading.close();
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
