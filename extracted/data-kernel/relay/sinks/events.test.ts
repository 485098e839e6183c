import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { Nats } from "@oms/events/nats.fixture.ts";
import { CloudEvent } from "cloudevents";
import { commitOf, put } from "../../store/conformance/fixture.ts";
import type { Store } from "../../store/port.ts";
import { askFor } from "../operator.ts";
import { tellingAllBut } from "../passed-over.ts";
import { type Bench, branchOn, commit, openBench, until } from "../relay.fixture.ts";
import { type Entry, Overtaken, type Sink } from "../sink.ts";
import { statusOf } from "../status.ts";
import { subjectOf } from "./commit-event.ts";
import { eventsSink } from "./events.ts";
import { openJetStream, toldOn } from "./jetstream.fixture.ts";

/** Of the server's memory for ids. */
const SHORT_MS = 100;

let nats: Nats;
let bench: Bench;
let count = 0;
const telling = tellingAllBut([{ branches: ["*/events/*"], types: ["Unheard"] }]);
let branch: string;
before(async () => {
  nats = await Nats.start();
});
after(() => nats.stop());
beforeEach(async () => {
  bench = await openBench();
  count += 1;
  branch = `test/events/b${count}.x`;
  await branchOn(bench.store, branch);
});
afterEach(async () => {
  await bench.close();
  for (const { close } of opened.splice(0)) await close();
});

const opened: { readonly close: () => Promise<void> }[] = [];
/** A sink with a connection of its own, as another kernel has one. */
function sink(duplicateWindowMs?: number): Sink {
  const events = openJetStream(nats, duplicateWindowMs);
  opened.push(events);
  return eventsSink(events, telling);
}

const subject = () => `test.commits.events.b${count}%2Ex`;
const seen = async () => (await toldOn(nats)).filter((message) => message.subject === subject());
const ids = async () => (await seen()).map(({ event }) => event.id);

async function entries(): Promise<Entry[]> {
  const { commits } = await bench.store.changes({ branch, after: "", at: "", limit: 100 });
  return commits.flatMap((part) => sink().entriesOf({ ...part, skip: 0 }));
}

test("every change is a CloudEvent 1.0 on its branch's subject, in order, in the commit's trace", async () => {
  const { store } = bench.start([sink()]);
  const id = await commit(store, branch, "k0", ["a", "b"]);
  await store.commit(commitOf(branch, [{ delete: "a" }], { key: "k1" }));
  await until(async () => (await seen()).length === 3);
  assert.deepEqual(await ids(), ["k0/0", "k0/1", "k1/0"]);
  const [first, , last] = (await seen()).map(({ event }) => event);
  assert.doesNotThrow(() => new CloudEvent(first ?? {}, true));
  assert.match(String(first?.["traceparent"]), /^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
  assert.partialDeepStrictEqual(first, {
    specversion: "1.0",
    source: `/branches/${branch}`,
    type: "oms.kernel.document.created",
    subject: "a",
    time: "1970-01-01T00:00:01.000Z",
    datacontenttype: "application/json",
    partitionkey: "a",
    data: {
      branch,
      kind: "created",
      commit: { id, key: "k0", author: "alice@oms", message: "as asked" },
      document: { id: "a", type: "Note", revision: id, body: '{"key":"k0"}' },
    },
  });
  assert.partialDeepStrictEqual(last, { type: "oms.kernel.document.deleted" });
  assert.doesNotMatch(JSON.stringify(last), /body/);
});

test("with NATS away commits go on; what was committed meanwhile is published later, once and in order", async () => {
  const { store } = bench.start([sink()]);
  await commit(store, branch, "k0", ["a"]);
  await until(async () => (await ids()).length === 1);
  await nats.kill();
  for (let n = 1; n < 6; n++) await commit(store, branch, `k${n}`, ["a", "b"]);
  await nats.resume();
  await until(async () => (await ids()).length === 11);
  const later = [1, 2, 3, 4, 5].flatMap((n) => [`k${n}/0`, `k${n}/1`]);
  assert.deepEqual(await ids(), ["k0/0", ...later]);
});

test("what was delivered before a crash is not published twice, though the duplicate window is long over", async () => {
  for (const key of ["k0", "k1", "k2"]) await commit(bench.store, branch, key, ["a", "b"]);
  const died = sink(SHORT_MS);
  await died.last?.(branch);
  await died.deliver(branch, (await entries()).slice(0, 3), "log");
  await untilForgotten();
  bench.start([sink(SHORT_MS)]);
  await until(async () => (await ids()).length >= 6);
  assert.deepEqual(await ids(), ["k0/0", "k0/1", "k1/0", "k1/1", "k2/0", "k2/1"]);
});

/** Waits until the server takes an id again that it got after all others: it knows none of them any more. */
async function untilForgotten(): Promise<void> {
  await nats.publishing(async (client) => {
    const again = () => client.publish("test.commits.events.probe", "", { msgID: `probe of ${branch}` });
    await again();
    await until(async () => !(await again()).duplicate);
  });
}

test("a twin that wakes with entries in its hands neither doubles nor reorders what another has published since", async () => {
  for (const key of ["k0", "k1", "k2"]) await commit(bench.store, branch, key, ["a"]);
  const [first, second, third] = await entries();
  if (!first || !second || !third) return assert.fail("there are three entries");
  const [stale, current] = [sink(SHORT_MS), sink(SHORT_MS)];
  await stale.last?.(branch);
  await stale.deliver(branch, [first], "log");
  await current.last?.(branch);
  await current.deliver(branch, [second, third], "log");
  await untilForgotten();
  await assert.rejects(stale.deliver(branch, [second, third], "log"), Overtaken);
  await assert.rejects(stale.deliver(branch, [second], "log"), Overtaken);
  assert.deepEqual(await stale.last?.(branch), { commit: third.commit.id, n: 0 });
  assert.deepEqual(await ids(), ["k0/0", "k1/0", "k2/0"]);
});

test("what a twin published of another branch ends a run as well: nothing goes out that was read before it", async () => {
  const other = `test/events/other${count}`;
  await branchOn(bench.store, other);
  for (const key of ["k0", "k1"]) await commit(bench.store, branch, key, ["a"]);
  const [first, second] = await entries();
  await commit(bench.store, other, "o0", ["a"]);
  const { commits } = await bench.store.changes({ branch: other, after: "", at: "", limit: 1 });
  const [one, twin] = [sink(), sink()];
  const [theirs] = commits.flatMap((part) => twin.entriesOf({ ...part, skip: 0 }));
  if (!first || !second || !theirs) return assert.fail("there are three entries");
  await one.last?.(branch);
  await one.deliver(branch, [first], "log");
  await twin.last?.(other);
  await twin.deliver(other, [theirs], "log");
  await assert.rejects(one.deliver(branch, [second], "log"), Overtaken);
  await one.last?.(branch);
  await one.deliver(branch, [second], "log");
  assert.deepEqual(await ids(), ["k0/0", "k1/0"]);
});

test("entries of many branches are one row on the stream, each branch in its order", async () => {
  const branches = Array.from({ length: 6 }, (_, n) => `test/events/many${count}-${n}`);
  for (const name of branches) await branchOn(bench.store, name);
  const { store } = bench.start([sink()]);
  const keys = Array.from({ length: 40 }, (_, n) => `k${n}`);
  await Promise.all(
    branches.map(async (name) => {
      for (const key of keys) await commit(store, name, key, ["a"]);
    }),
  );
  const of = async (name: string) => (await toldOn(nats)).filter((told) => told.subject === subjectOf(name));
  for (const name of branches) {
    await until(async () => (await of(name)).length >= keys.length);
    assert.deepEqual(
      (await of(name)).map(({ event }) => event.id),
      keys.map((key) => `${key}/0`),
    );
  }
});

test("with NATS stalled commits go on, and what it may or may not have got is there once", async () => {
  const { store } = bench.start([sink()]);
  await commit(store, branch, "k0", ["a"]);
  await until(async () => (await ids()).length === 1);
  await nats.stall();
  for (let n = 1; n < 30; n++) await commit(store, branch, `k${n}`, ["a"]);
  await until(async () => (await troubles(store)).length > 0);
  nats.unstall();
  await until(async () => (await ids()).length >= 30);
  assert.deepEqual(
    await ids(),
    Array.from({ length: 30 }, (_, n) => `k${n}/0`),
  );
});

async function troubles(store: Store) {
  const { lines } = await statusOf(store, { sinks: ["events"], nowMs: 0 });
  return lines.flatMap(({ trouble }) => trouble ?? []);
}

test("another event under an id that is taken parks, and holds up its own document alone", async () => {
  await commit(bench.store, branch, "k0", ["a"]);
  const { store } = bench.start([sink()]);
  await until(async () => (await ids()).length === 1);
  await store.deleteBranch({ name: branch, head: "", token: "", nowMs: Date.now() });
  await until(async () => (await store.listStates("relay/cursor/")).length === 0);
  await branchOn(store, branch);
  await commit(store, branch, "k1", ["b"]);
  await store.commit(commitOf(branch, [put("a", '{"other":1}')], { key: "k0" }));
  await commit(store, branch, "k2", ["b"]);
  await until(async () => (await ids()).includes("k2/0"));
  assert.deepEqual(await ids(), ["k0/0", "k1/0", "k2/0"]);
  const { parked } = await statusOf(store, { sinks: ["events"], nowMs: 0 });
  assert.deepEqual(
    parked.map(({ key, reason }) => [key, reason]),
    [["a", "id names another event of this source"]],
  );
});

test("what lies in an outbox is an event already, and not told once more", () => {
  const { wants } = sink();
  assert.deepEqual(["test/events/outbox", "test/events/main"].map(wants), [false, true]);
});

test("a document too large for a message is told without its body", async () => {
  const { store } = bench.start([sink()]);
  const body = JSON.stringify({ text: "x".repeat(2 * 1024 * 1024) });
  await store.commit(commitOf(branch, [put("large", body), put("small", "{}")], { key: "k0" }));
  await until(async () => (await ids()).length === 2);
  const documents = (await seen()).map(({ event }) => (event["data"] as { document: object }).document);
  assert.deepEqual(
    documents.map((document) => [Object.hasOwn(document, "body")]),
    [[false], [true]],
  );
});

test("an event that the stream refuses for good parks, and is replayed behind what came after it", async () => {
  const { store } = bench.start([sink()]);
  await commit(store, branch, "k0", ["a"]);
  await until(async () => (await ids()).length === 1);
  await nats.manage(({ streams }) => streams.update("COMMITS", { max_msg_size: 1500 }));
  const long = "x".repeat(500);
  await store.commit(commitOf(branch, [put("long", "{}"), put("b", "{}")], { key: long }));
  await commit(store, branch, "k2", ["long", "c"]);
  const parked = async () => (await statusOf(store, { sinks: ["events"], nowMs: 0 })).parked;
  await until(async () => (await ids()).includes("k2/1"));
  assert.deepEqual(
    (await parked()).map(({ key, behind }) => [key, behind]),
    [
      ["long", false],
      ["b", false],
      ["long", true],
    ],
  );
  await nats.manage(({ streams }) => streams.update("COMMITS", { max_msg_size: -1 }));
  for (const { id, behind } of await parked()) if (!behind) await askFor(store, "replay", id);
  await until(async () => (await parked()).length === 0);
  const published = await ids();
  assert.equal(new Set(published).size, 5);
  assert(published.indexOf("k2/0") > published.indexOf(`${long}/0`));
});

test("what is passed over has no event, and what it stands beside keeps its number", async () => {
  const { store } = bench.start([sink()]);
  await store.commit(commitOf(branch, [put("a", "{}", "Unheard"), put("b", "{}")], { key: "k0" }));
  await store.commit(commitOf(branch, [put("a", "{}", "Unheard")], { key: "k1" }));
  await store.commit(commitOf(branch, [{ delete: "a" }, put("c", "{}")], { key: "k2" }));
  await until(async () => (await seen()).length === 2);
  assert.deepEqual(await ids(), ["k0/1", "k2/1"]);
});
