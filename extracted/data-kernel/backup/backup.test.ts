import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { newBranch, put, write } from "../store/conformance/fixture.ts";
import type { Store } from "../store/port.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { compareStores, type Standing } from "./compare.ts";
import { inspectBackup } from "./inspect.ts";
import { manifestFile, readManifest } from "./manifest.ts";
import { openReading } from "./reading.ts";
import { restoreBackup } from "./restore.ts";
import { takeBackup } from "./take.ts";

const folders: string[] = [];
const stores: Store[] = [];
let folder: string;
let file: string;
let store: Store;
let backup: string;
let branch: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kernel-backup-"));
  folders.push(folder);
  file = join(folder, "kernel.db");
  store = await openSqliteStore(file);
  stores.push(store);
  backup = join(folder, "backup.db");
  branch = await newBranch(store);
  await write(store, branch, [put("a", '{"n":1}'), put("b", '{"größe":12345678901234567890}')]);
});
after(async () => {
  await Promise.all(stores.map((each) => each.close()));
  await Promise.all(folders.map((each) => rm(each, { recursive: true })));
});

function take(from = file, replace = false) {
  return takeBackup({ from, to: backup, replace, nowMs: 42, progress: () => undefined });
}

async function standings(first: string, other: string): Promise<Record<string, Standing>> {
  const readings = [openReading(first), openReading(other)] as const;
  try {
    const compared = await compareStores(...readings);
    return Object.fromEntries(compared.map(({ branch, standing }) => [branch, standing]));
  } finally {
    for (const reading of readings) reading.close();
  }
}

test("a backup taken while commits go on is the store as of one moment, restored with every head and log", async () => {
  const child = `${branch}-child`;
  await store.createBranch({ name: child, origin: branch, at: "", timeMs: 1000 });
  const copying = new AbortController();
  const committing = (async () => {
    let made = 0;
    for (; !copying.signal.aborted; made++) {
      await write(store, branch, [put("a", `{"n":${made}}`)]);
      await write(store, child, [put("a", `{"child":${made}}`)]);
    }
    return made;
  })();
  const manifest = await take();
  copying.abort();
  assert((await committing) > 0);
  assert.deepEqual(await inspectBackup(backup), []);
  const to = join(folder, "restored", "kernel.db");
  await restoreBackup(backup, to, false);
  assert.deepEqual(await standings(backup, to), { [branch]: "same", [child]: "same" });
  const restored = await openSqliteStore(to);
  stores.push(restored);
  const heads = (await restored.listBranches()).map(({ name, head }) => [name, head]);
  assert.deepEqual(
    heads,
    manifest.branches.map(({ name, head }) => [name, head]),
  );
  const one = await write(restored, branch, [put("late", "{}")]);
  assert.equal((await restored.log({ branch, at: "", beforeSequence: 1e9, limit: 1 })).commits[0]?.id, one);
});

test("a comparison tells what went on, what is behind, and what is not the same history", async () => {
  await take();
  await write(store, branch, [put("a", '{"n":2}')]);
  const added = await newBranch(store);
  assert.deepEqual(await standings(backup, file), { [branch]: "ahead", [added]: "added" });
  assert.deepEqual(await standings(file, backup), { [branch]: "behind", [added]: "missing" });
  const to = join(folder, "other", "kernel.db");
  await restoreBackup(backup, to, false);
  const other = await openSqliteStore(to);
  stores.push(other);
  await write(other, branch, [put("a", '{"n":2}')]);
  assert.deepEqual(await standings(file, to), { [branch]: "different", [added]: "missing" });
});

test("a restore keeps a store that is in use or not empty, unless it is forced", async () => {
  await take();
  await write(store, branch, [put("a", '{"n":2}')]);
  await assert.rejects(restoreBackup(backup, file, false), /is in use by a kernel; --force/);
  await store.close();
  await assert.rejects(restoreBackup(backup, file, false), /is not empty; --force/);
  assert.deepEqual(await standings(backup, file), { [branch]: "ahead" });
  await restoreBackup(backup, file, true);
  assert.deepEqual(await standings(backup, file), { [branch]: "same" });
});

test("a store that is forced back while it is used goes on with what was restored", async () => {
  await take();
  const lost = await write(store, branch, [put("a", '{"n":2}')]);
  await restoreBackup(backup, file, true);
  await assert.rejects(store.get({ branch, id: "a", at: lost }), { code: "NOT_FOUND" });
  await write(store, branch, [put("a", '{"n":3}')]);
  assert.deepEqual(await standings(backup, file), { [branch]: "ahead" });
});

test("a damaged backup is found out and never restored", async () => {
  await take();
  const handle = await open(backup, "r+");
  await handle.write(Buffer.from("x"), 0, 1, 5000);
  await handle.close();
  assert.deepEqual(await inspectBackup(backup), ["its checksum is not the manifest's"]);
  await assert.rejects(restoreBackup(backup, file, true), /is damaged/);
  assert.deepEqual(await standings(file, file), { [branch]: "same" });
});

test("a backup whose manifest tells of another head is found out", async () => {
  await take();
  const manifest = await readManifest(backup);
  const branches = manifest.branches.map((each) => ({ ...each, head: "elsewhere" }));
  await writeFile(manifestFile(backup), JSON.stringify({ ...manifest, branches }));
  assert.deepEqual(await inspectBackup(backup), [`${branch} is not as in the manifest`]);
});

test("a backup that fails leaves nothing behind, and one that is there stays", async () => {
  const torn = join(folder, "torn.db");
  await writeFile(torn, "x".repeat(9000));
  await assert.rejects(take(torn), /not a database/);
  assert.equal(existsSync(backup) || existsSync(`${backup}.partial`), false);
  await take();
  const before = await readFile(backup);
  await assert.rejects(take(), /exists; --force/);
  assert(before.equals(await readFile(backup)));
});

test("a backup that is to be replaced stays when the manifest of the new one cannot be put beside it", async () => {
  await take();
  const before = await readFile(backup);
  await rm(manifestFile(backup));
  await mkdir(manifestFile(backup));
  await write(store, branch, [put("a", '{"n":2}')]);
  await assert.rejects(take(file, true), /EISDIR/);
  assert(before.equals(await readFile(backup)));
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.includes("partial")),
    [],
  );
});
