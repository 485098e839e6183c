import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Lease } from "./lease.ts";
import { forget, move } from "./operator.ts";
import { Place } from "./place.ts";
import { cursorName, readCursor } from "./records.ts";
import { type Bench, branchOn, Collecting, commit, openBench, until } from "./relay.fixture.ts";
import { statusOf } from "./status.ts";

const BRANCH = "test/leader/main";

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
  await branchOn(bench.store, BRANCH);
});
afterEach(() => bench.close());

async function branch() {
  const found = (await bench.store.listBranches()).find(({ name }) => name === BRANCH);
  return found ?? assert.fail("there is no branch");
}

test("a leader that was replaced cannot advance a cursor any more", async () => {
  const sink = new Collecting();
  const id = await commit(bench.store, BRANCH, "k0", ["a"]);
  const { sequence } =
    (await bench.store.log({ branch: BRANCH, at: id, beforeSequence: 1e9, limit: 1 })).commits[0] ??
    assert.fail();
  const stale = (await Place.open(bench.store, sink, await branch())) ?? assert.fail();
  const current = (await Place.open(bench.store, sink, await branch())) ?? assert.fail();
  stale.reach({ id, sequence });
  assert.equal(await stale.save(), false);
  current.reach({ id, sequence });
  assert.equal(await current.save(), true);
  const state = await bench.store.readState(cursorName({ sink: sink.name, branch: BRANCH }));
  assert.deepEqual(readCursor(state?.value ?? "").cursor, { commit: id, sequence });
});

test("a sink that remembers more than the cursor is not told it again, unless a reset took that away", async () => {
  const sink = new Collecting();
  for (const key of ["k0", "k1", "k2"]) await commit(bench.store, BRANCH, key, ["a", "b"]);
  const { commits } = await bench.store.changes({ branch: BRANCH, after: "", at: "", limit: 9 });
  const entries = commits.flatMap((part) => sink.entriesOf({ ...part, skip: 0 }));
  const leftAfter = async (commit: string, n: number) => {
    const place = await Place.open(
      bench.store,
      Object.assign(new Collecting(), { last: async () => ({ commit, n }) }),
      await branch(),
    );
    return entries.filter((entry) => !place?.isDone(entry)).map(({ commit, key }) => `${commit.key} ${key}`);
  };
  assert.deepEqual(await leftAfter(commits[1]?.commit.id ?? "", 0), ["k1 b", "k2 a", "k2 b"]);
  assert.equal((await leftAfter("gone", 0)).length, 6);
});

test("a lease is taken when it stood still for its time, measured by the watcher alone, or was let go", async () => {
  let [oneMs, otherMs] = [1_000_000, 0];
  const one = new Lease(bench.store, 100, () => oneMs);
  const other = new Lease(bench.store, 100, () => otherMs);
  assert.equal(await one.hold([]), true);
  assert.equal(await other.hold([]), false);
  otherMs = 99;
  oneMs += 50;
  assert.equal(await one.hold([]), true);
  assert.equal(await other.hold([]), false);
  otherMs = 198;
  assert.equal(await other.hold([]), false);
  otherMs = 199;
  assert.equal(await other.hold([]), true);
  oneMs += 50;
  assert.equal(await one.hold([]), false);
  assert.deepEqual([one.isHeld, other.isHeld], [false, true]);
  await other.release();
  assert.equal(await one.hold([]), true);
});

test("a leader that cannot renew its lease stops leading by itself", async () => {
  let nowMs = 0;
  const lease = new Lease(bench.store, 100, () => nowMs);
  await lease.hold([]);
  nowMs = 99;
  assert.equal(lease.isHeld, true);
  nowMs = 100;
  assert.equal(lease.isHeld, false);
});

test("a cursor whose commit is not in the log stops its line, alarms, and goes on where it is moved to", async () => {
  const sink = new Collecting();
  const first = await commit(bench.store, BRANCH, "k0", ["a"]);
  const name = cursorName({ sink: sink.name, branch: BRANCH });
  await bench.store.writeState({
    name,
    value: JSON.stringify({ commit: "elsewhere", sequence: 7 }),
    version: 0,
  });
  const { store } = bench.start([sink]);
  await commit(store, BRANCH, "k1", ["a"]);
  const status = () => statusOf(store, { sinks: [sink.name], nowMs: Date.now() });
  await until(async () => (await status()).lines[0]?.trouble !== undefined);
  const { lines, alarms } = await status();
  assert.equal(lines[0]?.state, "stopped");
  assert.match(lines[0]?.advice ?? "", /kernel relay move/);
  assert.match(alarms.join(), /stopped/);
  assert.deepEqual(sink.got, []);
  await assert.rejects(move(store, { sink: sink.name, branch: BRANCH }, "nowhere"), { code: "NOT_FOUND" });
  await move(store, { sink: sink.name, branch: BRANCH }, first);
  await until(() => sink.got.length === 1);
  await until(async () => (await status()).lines[0]?.state === "caught up");
  assert.deepEqual(sink.got, [`${BRANCH} a k1`]);
});

test("a branch that is deleted takes its cursors along; made again, it is told from its start", async () => {
  const sink = new Collecting();
  const { store } = bench.start([sink]);
  await commit(store, BRANCH, "k0", ["a"]);
  await until(() => sink.got.length === 1);
  await store.deleteBranch({ name: BRANCH, head: "", token: "", nowMs: Date.now() });
  await until(async () => (await store.listStates("relay/cursor/")).length === 0);
  await branchOn(store, BRANCH);
  await commit(store, BRANCH, "k1", ["a"]);
  await until(() => sink.got.length === 2);
  assert.deepEqual(sink.got, [`${BRANCH} a k0`, `${BRANCH} a k1`]);
});

test("a sink that nobody runs any more shows as such, and can be forgotten; one that runs cannot", async () => {
  const old = bench.start([new Collecting("old")]);
  await commit(old.store, BRANCH, "k0", ["a"]);
  await until(async () => (await bench.store.listStates("relay/cursor/old/")).length === 1);
  await old.relay.stop();
  const status = () => statusOf(bench.store, { sinks: ["test"], nowMs: 0 });
  assert.equal((await status()).lines[0]?.state, "not run");
  await assert.rejects(forget(bench.store, "old", ["old"]), { code: "INVALID_ARGUMENT" });
  assert.equal(await forget(bench.store, "old", ["test"]), 1);
  assert.deepEqual((await status()).lines, []);
});
