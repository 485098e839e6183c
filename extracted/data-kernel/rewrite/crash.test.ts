import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { REWRITES } from "../rewrite.ts";
import { commitOf, newBranch, put, refusal, write } from "../store/conformance/fixture.ts";
import type { Store } from "../store/port.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { moveCursors } from "./cursors.ts";

let folder: string;
let store: Store;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kernel-rewrite-"));
  store = await openSqliteStore(join(folder, "kernel.db"));
});
after(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const DURING = 2000;
const AFTERWARDS = 1000 + REWRITES.freezeMs;

/** A branch of two commits whose follower is at its head. */
async function followed(): Promise<{ name: string; one: string; two: string; cursor: string }> {
  const name = await newBranch(store);
  const one = await write(store, name, [put("a", "{}")]);
  const two = await write(store, name, [put("b", "{}")]);
  const cursor = `relay/cursor/events/${name}`;
  await store.writeState({ name: cursor, value: JSON.stringify({ commit: two, sequence: 2 }), version: 0 });
  return { name, one, two, cursor };
}

/** Kills a process of its own after it has made `writes` writes of a rewrite; `to` "" deletes. */
async function killAfter(writes: number, name: string, to: string): Promise<void> {
  const script = join(import.meta.dirname, "stopping.fixture.ts");
  const args = ["--no-warnings", script, join(folder, "kernel.db"), name, to, String(writes)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const gone = once(child, "exit");
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await gone;
}

async function commitsOf(name: string): Promise<string[]> {
  const { commits } = await store.changes({ branch: name, after: "", at: "", limit: 10 });
  return commits.map(({ commit }) => commit.id);
}

/** Where the follower goes on, once it has looked after what a rewrite left: as it does when its commit is gone. */
async function followsFrom(cursor: string, branch: string): Promise<string> {
  await moveCursors(store, branch);
  const found = await store.readState(cursor);
  return found ? JSON.parse(found.value).commit : "";
}

const RESET = ["freeze", "note", "reset", "cursor", "end of the note"];

for (const [n, what] of RESET.entries()) {
  test(`killed after the ${what} of a reset, a branch is as it was or as it will be, and thaws`, async () => {
    const { name, one, two, cursor } = await followed();
    await killAfter(n + 1, name, one);
    const left = what === "freeze" || what === "note" ? [one, two] : [one];
    assert.deepEqual(await commitsOf(name), left);
    const frozen = store.commit(commitOf(name, [put("c", "{}")], { timeMs: DURING }));
    assert.deepEqual(await refusal(frozen), { code: "UNAVAILABLE", fields: ["branch"] });
    const three = await write(store, name, [put("c", "{}")], { timeMs: AFTERWARDS });
    assert.equal(await followsFrom(cursor, name), left.at(-1));
    assert.deepEqual(await commitsOf(name), [...left, three]);
  });
}

for (const [writes, what] of [
  [2, "before"],
  [3, "after"],
] as const) {
  test(`killed ${what} the deletion itself, a branch is there or not, and so is its follower's cursor`, async () => {
    const { name, one, two, cursor } = await followed();
    await killAfter(writes, name, "");
    const there = (await store.listBranches()).some((branch) => branch.name === name);
    assert.equal(there, what === "before");
    if (there) {
      assert.equal(await followsFrom(cursor, name), two);
      assert.deepEqual(await commitsOf(name), [one, two]);
    } else {
      await store.createBranch({ name, origin: "", at: "", timeMs: AFTERWARDS });
      const again = await write(store, name, [put("z", "{}")], { timeMs: AFTERWARDS });
      assert.equal(await followsFrom(cursor, name), "");
      assert.deepEqual(await commitsOf(name), [again]);
    }
  });
}
