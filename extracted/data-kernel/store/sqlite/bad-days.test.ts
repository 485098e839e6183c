import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { bodyOf, commitOf, idsOf, newBranch, put, refusal, write } from "../conformance/fixture.ts";
import type { Store } from "../port.ts";
import { openSqliteStore } from "../sqlite.ts";
import { endStoppedWriter } from "./stopped-writer.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kernel-bad-days-"));
});
after(() => rm(folder, { recursive: true }));

const HOLD = `
  const { DatabaseSync } = require("node:sqlite");
  const connection = new DatabaseSync(process.argv[1]);
  connection.exec("BEGIN IMMEDIATE");
  console.log("holding");
  process.stdin.once("data", () => {
    connection.exec("ROLLBACK");
    console.log("let go");
  });
`;

/** A process of its own that keeps `file` to itself until it is told to let go. */
async function holderOf(t: TestContext, file: string): Promise<ChildProcess> {
  const holder = spawn(process.execPath, ["--no-warnings", "-e", HOLD, file], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  t.after(() => holder.kill("SIGKILL"));
  assert(holder.stdout);
  await once(holder.stdout, "data");
  return holder;
}

async function letGo({ stdin, stdout }: ChildProcess): Promise<void> {
  assert(stdin && stdout);
  const said = once(stdout, "data");
  stdin.write("let go\n");
  await said;
}

async function openOn(t: TestContext, name: string): Promise<{ store: Store; file: string; branch: string }> {
  const file = join(folder, name);
  const store = await openSqliteStore(file);
  t.after(() => store.close());
  return { store, file, branch: await newBranch(store) };
}

test("a commit waits for a writer in another process, and reads do not", async (t) => {
  const { store, file, branch } = await openOn(t, "short.db");
  await write(store, branch, [put("a", "{}")]);
  const holder = await holderOf(t, file);
  const waiting = write(store, branch, [put("b", "{}")]);
  assert.deepEqual(await idsOf(store, branch), ["a"]);
  await letGo(holder);
  await waiting;
  assert.deepEqual(await idsOf(store, branch), ["a", "b"]);
});

test("a commit that has waited too long is unavailable and not made, and the next is", async (t) => {
  const { store, file, branch } = await openOn(t, "long.db");
  const holder = await holderOf(t, file);
  const commit = commitOf(branch, [put("a", "{}")]);
  assert.deepEqual(await refusal(store.commit(commit)), { code: "UNAVAILABLE", fields: [] });
  await letGo(holder);
  assert.deepEqual(await idsOf(store, branch), []);
  assert.equal((await store.commit(commit)).repeated, false);
});

/** Why no disk can be made here; undefined when one can. */
function noDisk(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "only root can mount a small disk";
  const probe = join(tmpdir(), `kernel-disk-${process.pid}`);
  try {
    execFileSync("mkdir", ["-p", probe]);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", probe], { stdio: "ignore" });
    execFileSync("umount", [probe]);
    return undefined;
  } catch {
    return "this machine does not let root mount a small disk";
  } finally {
    execFileSync("rmdir", [probe]);
  }
}

/** Though a file is open: node:sqlite closes the file of a closed connection once its tagged statements are garbage. */
function unmount(disk: string): void {
  execFileSync("umount", ["--lazy", disk]);
}

test("on a full disk commits are unavailable and reads go on; with room again, commits do", async (t) => {
  const reason = noDisk();
  if (reason) return t.skip(reason);
  const disk = join(folder, "disk");
  await mkdir(disk);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", disk]);
  const store = await openSqliteStore(join(disk, "kernel.db"));
  t.after(async () => {
    await store.close();
    unmount(disk);
  });
  await writeFile(join(disk, "in the way"), Buffer.alloc(2_000_000));
  const branch = await newBranch(store);
  const body = JSON.stringify({ text: "x".repeat(50_000) });
  const acknowledged: string[] = [];
  const fill = async () => {
    for (let n = 0; ; n += 1) {
      await write(store, branch, [put(`d${String(n).padStart(3, "0")}`, body)]);
      acknowledged.push(`d${String(n).padStart(3, "0")}`);
    }
  };
  await assert.rejects(fill(), { code: "UNAVAILABLE", message: "the store's disk is full" });
  assert(acknowledged.length > 0);
  const several = await Promise.allSettled(
    ["x", "y"].map((id) => write(store, branch, [put(id, body), put(`${id}2`, body)])),
  );
  assert.deepEqual(
    several.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  assert.deepEqual(await idsOf(store, branch), acknowledged);
  assert.equal(await bodyOf(store, branch, acknowledged.at(-1) ?? ""), body);
  await rm(join(disk, "in the way"));
  await write(store, branch, [put("later", body)]);
  assert.deepEqual(await idsOf(store, branch), [...acknowledged, "later"]);
});

test("a stopped writer of another disk's file, of the same inode number, is left alone", async (t) => {
  const reason = noDisk();
  if (reason) return t.skip(reason);
  const [file = "", other = ""] = await Promise.all(
    ["one", "two"].map(async (name) => {
      const disk = join(folder, name);
      await mkdir(disk);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", disk]);
      const store = await openSqliteStore(join(disk, "kernel.db"));
      t.after(async () => {
        await store.close();
        unmount(disk);
      });
      return join(disk, "kernel.db");
    }),
  );
  const inodes = [file, other].map((each) => statSync(`${each}-shm`).ino);
  if (inodes[0] !== inodes[1]) return t.skip("this machine numbers the inodes of all small disks together");
  const holder = await holderOf(t, other);
  const gone = once(holder, "exit");
  holder.kill("SIGSTOP");
  endStoppedWriter(file);
  holder.kill("SIGCONT");
  const ended = await Promise.race([gone, letGo(holder)]);
  holder.kill("SIGKILL");
  await gone;
  assert.equal(ended, undefined);
});
