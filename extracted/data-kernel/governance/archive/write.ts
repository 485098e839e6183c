import { createWriteStream } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { Digesting, digestOf } from "../../backup/digest.ts";
import { BEGINNING, MAX_PAGE_SIZE } from "../../limits.ts";
import type { Branch, Store } from "../../store/port.ts";
import { type Beginning, Checksum, type End } from "./format.ts";
import { readArchive } from "./read.ts";

type Archiving = {
  readonly store: Store;
  readonly branch: Branch;
  /** Made when missing. */
  readonly folder: string;
  /** Unix milliseconds. */
  readonly nowMs: number;
};

/** `file`: its whole path. */
export type Archived = { readonly file: string; readonly head: string; readonly commits: number };

/**
 * Writes all commits of the branch's own, up to its head in `branch`, into one file, reads it back and compares it
 * with the store. The file has its name only when all of that is done. Throws when it is not what the store holds.
 */
export async function archiveBranch({ store, branch, folder, nowMs }: Archiving): Promise<Archived> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, fileNameOf(branch, nowMs));
  const partial = `${file}.partial`;
  try {
    const lines = Readable.from(linesOf({ store, branch, folder, nowMs }));
    await pipeline(lines, createGzip(), createWriteStream(partial, { flush: true }));
    const { digest, commits } = await readArchive(partial);
    const kept = await digestOf(store, branch, branch.head || BEGINNING);
    if (kept.sha256 !== digest) throw new Error(`the archive of ${branch.name} is not what the store holds`);
    await rename(partial, file);
    await syncFolder(folder);
    return { file, head: branch.head, commits };
  } finally {
    await rm(partial, { force: true });
  }
}

/** `dev/oms/try` archived at noon: `dev~oms~try.2026-01-31T12-00-00-000Z.ndjson.gz`; no name has a tilde. */
function fileNameOf({ name }: Branch, nowMs: number): string {
  const moment = new Date(nowMs).toISOString().replaceAll(/[:.]/g, "-");
  return `${name.replaceAll("/", "~")}.${moment}.ndjson.gz`;
}

async function* linesOf({ store, branch, nowMs }: Archiving): AsyncGenerator<string> {
  const checksum = new Checksum();
  const line = (value: object): string => {
    const text = JSON.stringify(value);
    checksum.add(text);
    return `${text}\n`;
  };
  const digesting = new Digesting(branch);
  yield line({ format: 1, archivedMs: nowMs, branch } satisfies Beginning);
  let after = branch.originCommit || BEGINNING;
  let skip = 0;
  const at = branch.head || BEGINNING;
  for (;;) {
    const asked = { branch: branch.name, after, skip, at, limit: MAX_PAGE_SIZE };
    const { commits, more, head } = await store.exportCommits(asked);
    for (const exported of commits) {
      digesting.add(exported.commit, exported.changes);
      yield line(exported);
      skip = more ? skip + exported.changes.length : 0;
      if (!more) after = exported.commit.id;
    }
    if (commits.length === 0 || after === head) break;
  }
  const { commits, sha256: digest } = digesting.end();
  yield `${JSON.stringify({ commits, digest, sha256: checksum.end() } satisfies End)}\n`;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
