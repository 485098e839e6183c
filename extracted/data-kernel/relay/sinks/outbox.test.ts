import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { createLogger } from "@oms/chassis/log.ts";
import { Nats } from "@oms/events/nats.fixture.ts";
import type { Outcome } from "@oms/events/port.ts";
import { commitOf, put } from "../../store/conformance/fixture.ts";
import type { Store } from "../../store/port.ts";
import { askFor } from "../operator.ts";
import type { RelayEvents } from "../publishing/port.ts";
import { type Bench, branchOn, openBench, until } from "../relay.fixture.ts";
import { statusOf } from "../status.ts";
import { openJetStream } from "./jetstream.fixture.ts";
import { outboxSink } from "./outbox.ts";

const BRANCH = "test/events/outbox";

let nats: Nats;
let bench: Bench;
let count = 0;
let jetStream: ReturnType<typeof openJetStream>;
before(async () => {
  nats = await Nats.start();
});
after(() => nats.stop());
beforeEach(async () => {
  bench = await openBench();
  count += 1;
  jetStream = openJetStream(nats);
  await branchOn(bench.store, BRANCH);
});
afterEach(async () => {
  await bench.close();
  await jetStream.close();
});

const sourceOf = () => `/oms/test-${count}`;

function start(events: Pick<RelayEvents, "publishOutgoing"> = jetStream): Store {
  const log = createLogger("outbox", "silent");
  return bench.start([outboxSink({ events, store: bench.store, log })]).store;
}

/** As the door does it: the event itself, under its own name. */
async function putEvent(store: Store, id: string, more: object = {}): Promise<void> {
  const event = { specversion: "1.0", id, source: sourceOf(), type: "oms.ontology.released", ...more };
  await putBody(store, id, JSON.stringify(event));
}

async function putBody(store: Store, id: string, body: string, type = "Event"): Promise<void> {
  await store.commit(commitOf(BRANCH, [put(`${type}/${id}`, body, type)], { key: `${sourceOf()} ${id}` }));
}

type Said = { readonly id: string; readonly source: string; readonly traceparent?: string };

/** What of this test's events the stream has, in its order. */
async function published(): Promise<{ said: Said; subject: string; messageId: string }[]> {
  const all = await nats.manage(async ({ streams }) => {
    const { state } = await streams.info("ONTOLOGY").catch(() => ({ state: { last_seq: 0 } }));
    const sequences = Array.from({ length: state.last_seq }, (_, i) => i + 1);
    return Promise.all(sequences.map((seq) => streams.getMessage("ONTOLOGY", { seq })));
  });
  return all
    .flatMap((message) => message ?? [])
    .map((message) => ({
      said: message.json<Said>(),
      subject: message.subject,
      messageId: message.header.get("Nats-Msg-Id"),
    }))
    .filter(({ said }) => said.source === sourceOf());
}

const ids = async () => (await published()).map(({ said }) => said.id);
const parked = async () => (await statusOf(bench.store, { sinks: ["outbox"], nowMs: 0 })).parked;

async function lying(): Promise<string[]> {
  const page = { prefix: "", descending: false, afterId: "", limit: 100 };
  const { documents } = await bench.store.query({ branch: BRANCH, type: "Event", at: "", ...page });
  return documents.map(({ id }) => id);
}

test("an event that was committed is published as itself, in the commit's trace, and then cleared away", async () => {
  const store = start();
  await putEvent(store, "e1");
  await until(async () => (await lying()).length === 0);
  const [only, ...others] = await published();
  assert.deepEqual(others, []);
  assert.equal(only?.subject, "test.ontology.oms.ontology.released");
  assert.equal(only.messageId, `${sourceOf()} e1`);
  assert.match(only.said.traceparent ?? "", /^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
});

test("with NATS away it lies where it is; it is published later and once, whoever leads by then", async () => {
  await nats.kill();
  const first = bench.start([
    outboxSink({ events: jetStream, store: bench.store, log: createLogger("outbox", "silent") }),
  ]);
  for (let n = 0; n < 5; n++) await putEvent(first.store, `e${n}`);
  await until(async () => (await statusOf(bench.store, { sinks: ["outbox"], nowMs: 0 })).alarms.length > 0);
  assert.equal((await lying()).length, 5);
  await first.relay.stop();
  await nats.resume();
  start();
  await until(async () => (await lying()).length === 0);
  const published = await ids();
  assert.equal(published.length, 5);
  assert.deepEqual(new Set(published), new Set(["e0", "e1", "e2", "e3", "e4"]));
});

test("one that is delivered once more, as after a crash, changes nothing", async () => {
  await putEvent(bench.store, "e1");
  const [entry] = await entries();
  const sink = outboxSink({ events: jetStream, store: bench.store, log: createLogger("outbox", "silent") });
  for (let n = 0; n < 2; n++) await sink.deliver(BRANCH, entry ? [entry] : [], "log");
  assert.deepEqual(await ids(), ["e1"]);
});

async function entries() {
  const { commits } = await bench.store.changes({ branch: BRANCH, after: "", at: "", limit: 100 });
  const sink = outboxSink({ events: jetStream, store: bench.store, log: createLogger("outbox", "silent") });
  return commits.flatMap((part) => sink.entriesOf({ ...part, skip: 0 }));
}

test("what is no event, or of a domain without a stream, parks and stays; the others go on", async () => {
  const store = start();
  await putBody(store, "broken", '{"specversion":"1.0"}');
  await putEvent(store, "stray", { type: "oms.nowhere.released" });
  await putEvent(store, "good");
  await until(async () => (await parked()).length === 2 && (await lying()).length === 2);
  assert.deepEqual(await ids(), ["good"]);
  const reasons = new Map((await parked()).map(({ key, reason }) => [key, reason]));
  assert.equal(reasons.get("Event/broken"), "id is missing");
  assert.deepEqual(new Set(await lying()), new Set(["Event/broken", "Event/stray"]));
});

test("one that was parked is replayed once there is a stream for it, and then cleared away", async () => {
  const store = start();
  const domain = `late${count}`;
  await putEvent(store, "stray", { type: `oms.${domain}.released` });
  await until(async () => (await parked()).length === 1);
  await nats.manage(({ streams }) => streams.add({ name: "LATE", subjects: [`*.${domain}.>`] }));
  const [only] = await parked();
  await askFor(store, "replay", only?.id ?? "");
  await until(async () => (await parked()).length === 0);
  await putEvent(store, "next");
  await until(async () => (await lying()).length === 0);
});

test("what the gateway has on its disk is asked for again and never parked, until it is stored", async () => {
  let outcome: Outcome = "queued";
  let asked = 0;
  const publishOutgoing: RelayEvents["publishOutgoing"] = async ({ events }) => {
    asked += 1;
    return {
      results: events.map(({ source, id }) => ({
        // The first subject waits on the disk, the second does not.
        receipt: { source, id, outcome: id === "held" ? outcome : "stored" },
      })),
    };
  };
  const store = start({ publishOutgoing });
  await putEvent(store, "held");
  await putEvent(store, "free");
  await until(() => asked > 10);
  assert.deepEqual(await parked(), []);
  assert.equal((await lying()).length, 2);
  outcome = "stored";
  await until(async () => (await lying()).length === 0);
});

test("documents of other kinds are none of its business", async () => {
  const store = start();
  await putBody(store, "x", "{}", "Note");
  await putEvent(store, "e1");
  await until(async () => (await lying()).length === 0);
  const { document } = await store.get({ branch: BRANCH, id: "Note/x", at: "" });
  assert.equal(document?.body, "{}");
});

test("nothing is cleared away that came after what is written down as carried", async () => {
  await putEvent(bench.store, "carried");
  const { commits } = await bench.store.log({ branch: BRANCH, at: "", beforeSequence: 1e9, limit: 1 });
  await putEvent(bench.store, "waiting");
  const sink = outboxSink({ events: jetStream, store: bench.store, log: createLogger("outbox", "silent") });
  await sink.settled?.(BRANCH, { at: commits[0]?.id ?? "", isParked: () => false });
  assert.deepEqual(await lying(), ["Event/waiting"]);
});
