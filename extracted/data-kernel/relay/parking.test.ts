import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { Store } from "../store/port.ts";
import { askFor } from "./operator.ts";
import { type Bench, branchOn, Collecting, commit, openBench, until } from "./relay.fixture.ts";
import { type Entry, Poison } from "./sink.ts";
import { statusOf } from "./status.ts";

const BRANCH = "test/parking/main";

let bench: Bench;
let sink: Collecting;
let store: Store;
beforeEach(async () => {
  bench = await openBench();
  await branchOn(bench.store, BRANCH);
  sink = new Collecting();
});
afterEach(() => bench.close());

async function parked() {
  return (await statusOf(bench.store, { sinks: [sink.name], nowMs: 0 })).parked;
}

/** The keys of the commits the sink has of one document. */
const gotOf = (id: string) =>
  sink.got.map((line) => line.split(" ")).flatMap(([, key, of]) => (key === id ? [of] : []));

const poisonous = (key: string) => (entry: Entry) =>
  entry.commit.key === key && entry.key === "bad" ? new Poison("indigestible") : undefined;

test("poison parks and blocks its own key alone: later entries of the key wait behind it, others go on", async () => {
  sink.refuse = poisonous("k0");
  ({ store } = bench.start([sink]));
  for (const key of ["k0", "k1", "k2"]) await commit(store, BRANCH, key, ["bad", "good"]);
  await until(async () => gotOf("good").length === 3 && (await parked()).length === 3);
  assert.deepEqual(gotOf("bad"), []);
  const told = (await parked()).map(({ key, reason, behind }) => [key, reason, behind]);
  const behind = ["bad", "waits behind another of its key", true];
  assert.deepEqual(told, [["bad", "indigestible", false], behind, behind]);
});

test("a replay delivers the entry and then, in order, all that waited behind it", async () => {
  sink.refuse = poisonous("k0");
  ({ store } = bench.start([sink]));
  for (const key of ["k0", "k1", "k2"]) await commit(store, BRANCH, key, ["bad"]);
  await until(async () => (await parked()).length === 3);
  const [first, second] = await parked();
  await assert.rejects(askFor(store, "replay", second?.id ?? ""), { code: "FAILED_PRECONDITION" });
  sink.refuse = () => undefined;
  await askFor(store, "replay", first?.id ?? "");
  await until(async () => (await parked()).length === 0);
  await commit(store, BRANCH, "k3", ["bad"]);
  await until(() => gotOf("bad").length === 4);
  assert.deepEqual(gotOf("bad"), ["k0", "k1", "k2", "k3"]);
});

test("a replay that fails again stays parked, and says why", async () => {
  sink.refuse = poisonous("k0");
  ({ store } = bench.start([sink]));
  await commit(store, BRANCH, "k0", ["bad"]);
  await until(async () => (await parked()).length === 1);
  sink.refuse = (_, source) => (source === "parked" ? new Error("still indigestible") : undefined);
  const [first] = await parked();
  await askFor(store, "replay", first?.id ?? "");
  await until(async () => (await parked())[0]?.reason === "still indigestible");
});

test("a discarded entry is never delivered, and sets those behind it free", async () => {
  sink.refuse = poisonous("k0");
  ({ store } = bench.start([sink]));
  for (const key of ["k0", "k1", "k2"]) await commit(store, BRANCH, key, ["bad"]);
  await until(async () => (await parked()).length === 3);
  const [first] = await parked();
  await askFor(store, "discard", first?.id ?? "");
  await until(() => gotOf("bad").length === 2);
  assert.deepEqual(gotOf("bad"), ["k1", "k2"]);
  await until(async () => (await parked()).length === 0);
  await assert.rejects(askFor(store, "discard", first?.id ?? ""), { code: "NOT_FOUND" });
});

test("an entry that keeps failing parks once another key gets through, not before", async () => {
  sink.refuse = ({ key }) => (key === "bad" ? new Error("again") : undefined);
  const { relay, store } = bench.start([sink]);
  await commit(store, BRANCH, "k0", ["bad"]);
  await until(async () => (await troubles()).some(({ attempts }) => attempts > 5));
  assert.deepEqual(await parked(), []);
  await commit(store, BRANCH, "k1", ["good"]);
  await until(async () => (await parked()).length === 1 && gotOf("good").length === 1);
  await commit(store, BRANCH, "k2", ["good"]);
  await until(() => gotOf("good").length === 2);
  assert.deepEqual(gotOf("good"), ["k1", "k2"]);
  assert.equal((await parked())[0]?.reason, "again");
  await relay.stop();
});

async function troubles() {
  const { lines } = await statusOf(bench.store, { sinks: [sink.name], nowMs: 0 });
  return lines.flatMap(({ trouble }) => trouble ?? []);
}

test("while a sink is down nothing parks, however often it is tried, and nothing is lost", async () => {
  let tries = 0;
  sink.refuse = () => {
    tries += 1;
    return new Error("down");
  };
  ({ store } = bench.start([sink]));
  for (const key of ["k0", "k1"]) await commit(store, BRANCH, key, ["a", "b", "c"]);
  await until(() => tries > 20);
  assert.deepEqual(await parked(), []);
  sink.refuse = () => undefined;
  await until(() => sink.got.length === 6);
  const all = ["k0", "k1"].flatMap((key) => ["a", "b", "c"].map((id) => `${BRANCH} ${id} ${key}`));
  assert.deepEqual(sink.got, all);
});

test("a bad entry inside a batch is found, and its neighbours are delivered once", async () => {
  sink = new Collecting("test", 10);
  sink.refuse = poisonous("k0");
  await commit(bench.store, BRANCH, "k0", ["a", "bad", "c", "d"]);
  bench.start([sink]);
  await until(() => sink.got.length === 3);
  assert.deepEqual(
    sink.got,
    ["a", "c", "d"].map((id) => `${BRANCH} ${id} k0`),
  );
});

test("what is parked outlives the leader: another one still holds the key back", async () => {
  sink.refuse = poisonous("k0");
  const first = bench.start([sink]);
  await commit(first.store, BRANCH, "k0", ["bad"]);
  await until(async () => (await parked()).length === 1);
  await first.relay.stop();
  sink.refuse = () => undefined;
  ({ store } = bench.start([sink]));
  await commit(store, BRANCH, "k1", ["bad", "good"]);
  await until(() => gotOf("good").length === 1);
  assert.deepEqual(gotOf("bad"), []);
  assert.equal((await parked()).length, 2);
});
