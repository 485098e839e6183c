import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { cursorName, readCursor } from "./records.ts";
import { type Bench, branchOn, Collecting, commit, openBench, until } from "./relay.fixture.ts";

const BRANCH = "test/relay/main";

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
  await branchOn(bench.store, BRANCH);
});
afterEach(() => bench.close());

test("a sink gets every change of every commit in order, of every branch but the kernel's own", async () => {
  const sink = new Collecting();
  await branchOn(bench.store, "test/kernel/own");
  await commit(bench.store, BRANCH, "k0", ["a", "b"]);
  await commit(bench.store, "test/kernel/own", "own", ["x"]);
  const { store } = bench.start([sink]);
  for (let n = 1; n < 20; n++) await commit(store, BRANCH, `k${n}`, ["a"]);
  await branchOn(store, "test/relay/late");
  await commit(store, "test/relay/late", "l0", ["z"]);
  await until(() => sink.got.length === 22);
  const of = (branch: string) => sink.got.filter((line) => line.startsWith(`${branch} `));
  const rest = Array.from({ length: 19 }, (_, n) => `${BRANCH} a k${n + 1}`);
  assert.deepEqual(of(BRANCH), [`${BRANCH} a k0`, `${BRANCH} b k0`, ...rest]);
  assert.deepEqual(of("test/relay/late"), ["test/relay/late z l0"]);
});

test("a branch is followed from its origin's commit on: what it inherits was told before", async () => {
  const sink = new Collecting();
  await commit(bench.store, BRANCH, "k0", ["a"]);
  const copy = "test/relay/copy";
  await branchOn(bench.store, copy, BRANCH);
  await commit(bench.store, copy, "c0", ["a"]);
  bench.start([sink]);
  await until(() => sink.got.length === 2);
  assert.deepEqual(new Set(sink.got), new Set([`${copy} a c0`, `${BRANCH} a k0`]));
});

test("another relay goes on where one stopped, and repeats nothing", async () => {
  const sink = new Collecting();
  const first = bench.start([sink]);
  await commit(first.store, BRANCH, "k0", ["a"]);
  await until(() => sink.got.length === 1);
  await first.relay.stop();
  await commit(bench.store, BRANCH, "k1", ["a"]);
  bench.start([sink]);
  await until(() => sink.got.length === 2);
  assert.deepEqual(sink.got, [`${BRANCH} a k0`, `${BRANCH} a k1`]);
});

test("a cursor is written soon after it moved, and names the last commit delivered", async () => {
  const sink = new Collecting();
  const { store } = bench.start([sink]);
  const id = await commit(store, BRANCH, "k0", ["a"]);
  const name = cursorName({ sink: sink.name, branch: BRANCH });
  await until(async () => {
    const state = await store.readState(name);
    return state !== undefined && readCursor(state.value).cursor.commit === id;
  });
});

test("a commit larger than a page of changes reaches a sink whole, each change once", async () => {
  const sink = new Collecting("test", 3);
  const { store } = bench.start([sink]);
  const body = JSON.stringify({ text: "x".repeat(1024 * 1024) });
  const staging = store.stage("live");
  const ids = Array.from({ length: 11 }, (_, n) => `large${n}`);
  await staging.add(ids.map((id) => ({ put: { id, type: "Note", body } })));
  const { key, fingerprint, author, message, traceId } = { ...terms, key: "large" };
  await staging.commit({
    branch: BRANCH,
    key,
    fingerprint,
    author,
    message,
    traceId,
    timeMs: 1,
    preconditions: [],
  });
  await commit(store, BRANCH, "after", ["z"]);
  await until(() => sink.got.length === ids.length + 1);
  assert.deepEqual(sink.got, [...ids.map((id) => `${BRANCH} ${id} large`), `${BRANCH} z after`]);
});

const terms = { fingerprint: "f", author: "alice@oms", message: "as asked", traceId: "" };

test("commits go on while a sink hangs, and it gets all of them once it answers again", async () => {
  const sink = new Collecting();
  const { promise: hanging, reject } = Promise.withResolvers<never>();
  sink.refuse = () => hanging;
  const { store } = bench.start([sink], { deliverMs: 20 });
  for (let n = 0; n < 30; n++) await commit(store, BRANCH, `k${n}`, ["a"]);
  sink.refuse = () => undefined;
  await until(() => sink.got.length === 30);
  assert.deepEqual(
    sink.got,
    Array.from({ length: 30 }, (_, n) => `${BRANCH} a k${n}`),
  );
  reject(new Error("late"));
});

test("two relays over one store deliver once: one leads, and the other does when it stops", async () => {
  const [one, other] = [new Collecting(), new Collecting()];
  const first = bench.start([one]);
  await until(() => first.relay.leads);
  const second = bench.start([other]);
  for (let n = 0; n < 10; n++) await commit(second.store, BRANCH, `k${n}`, ["a"]);
  await until(() => one.got.length === 10);
  assert.deepEqual(other.got, []);
  await first.relay.stop();
  await until(() => second.relay.leads);
  await commit(second.store, BRANCH, "last", ["a"]);
  await until(() => other.got.length === 1);
  assert.deepEqual(other.got, [`${BRANCH} a last`]);
});
