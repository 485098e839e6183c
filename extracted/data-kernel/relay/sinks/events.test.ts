import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { CloudEvent } from "cloudevents";
import { commitOf, put } from "../../store/conformance/fixture.ts";
import { askFor } from "../operator.ts";
import { tellingAllBut } from "../passed-over.ts";
import { type Bench, branchOn, commit, openBench, until } from "../relay.fixture.ts";
import type { Entry } from "../sink.ts";
import { statusOf } from "../status.ts";
import { eventsSink } from "./events.ts";
import { Nats } from "./nats.fixture.ts";

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
afterEach(() => bench.close());

const subject = () => `test.commits.events.b${count}%2Ex`;
const seen = async () => (await nats.seen()).filter((message) => message.subject === subject());
const ids = async () => (await seen()).map(({ event }) => event.id);

async function entries(): Promise<Entry[]> {
  const { commits } = await bench.store.changes({ branch, after: "", at: "", limit: 100 });
  return commits.flatMap((part) => eventsSink(nats.url, telling).entriesOf({ ...part, skip: 0 }));
}

test("every change is a CloudEvent 1.0 on its branch's subject, in order, in the commit's trace", async () => {
  const { store } = bench.start([eventsSink(nats.url, telling)]);
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
  const { store } = bench.start([eventsSink(nats.url, telling)]);
  await commit(store, branch, "k0", ["a"]);
  await until(async () => (await ids()).length === 1);
  await nats.pause();
  for (let n = 1; n < 6; n++) await commit(store, branch, `k${n}`, ["a", "b"]);
  await nats.resume();
  await until(async () => (await ids()).length === 11);
  const later = [1, 2, 3, 4, 5].flatMap((n) => [`k${n}/0`, `k${n}/1`]);
  assert.deepEqual(await ids(), ["k0/0", ...later]);
});

test("what was delivered before a crash is not published twice, though the duplicate window is long over", async () => {
  await nats.manage(({ streams }) =>
    streams
      .add({ name: "COMMITS", subjects: ["*.commits.*.*"] })
      .catch(() => undefined)
      .then(() => streams.update("COMMITS", { duplicate_window: 100_000_000 })),
  );
  for (const key of ["k0", "k1", "k2"]) await commit(bench.store, branch, key, ["a", "b"]);
  const died = eventsSink(nats.url, telling);
  for (const entry of (await entries()).slice(0, 3)) await died.deliver(branch, [entry], "log");
  await died.close();
  await untilForgotten();
  bench.start([eventsSink(nats.url, telling)]);
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

test("two relays at once neither double nor reorder: the one that knows less is refused", async () => {
  for (const key of ["k0", "k1", "k2"]) await commit(bench.store, branch, key, ["a"]);
  const [first, second, third] = await entries();
  if (!first || !second || !third) return assert.fail("there are three entries");
  const [stale, current] = [eventsSink(nats.url, telling), eventsSink(nats.url, telling)];
  await stale.deliver(branch, [first], "log");
  await current.last?.(branch);
  await current.deliver(branch, [second], "log");
  await assert.rejects(stale.deliver(branch, [third], "log"), /wrong last sequence/);
  await current.deliver(branch, [third], "log");
  await stale.deliver(branch, [second], "log");
  await stale.deliver(branch, [third], "log");
  assert.deepEqual(await ids(), ["k0/0", "k1/0", "k2/0"]);
  await Promise.all([stale.close(), current.close()]);
});

test("a document too large for a message is told without its body", async () => {
  const { store } = bench.start([eventsSink(nats.url, telling)]);
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
  const { store } = bench.start([eventsSink(nats.url, telling)]);
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
  const { store } = bench.start([eventsSink(nats.url, telling)]);
  await store.commit(commitOf(branch, [put("a", "{}", "Unheard"), put("b", "{}")], { key: "k0" }));
  await store.commit(commitOf(branch, [put("a", "{}", "Unheard")], { key: "k1" }));
  await store.commit(commitOf(branch, [{ delete: "a" }, put("c", "{}")], { key: "k2" }));
  await until(async () => (await seen()).length === 2);
  assert.deepEqual(await ids(), ["k0/1", "k2/1"]);
});
