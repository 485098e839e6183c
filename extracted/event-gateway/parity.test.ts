import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestKernel, type TestKernel } from "@oms/data-kernel/kernel.fixture.ts";
import { Nats } from "@oms/events/nats.fixture.ts";
import type { DeepPartial, EventGatewayServiceClient } from "@oms/protos/oms/events/v1/events.ts";
import { type Answer, refusalIn, refusalOf, startService, untilReady } from "./service.fixture.ts";

let nats: Nats;
let kernel: TestKernel;
let gateway: Awaited<ReturnType<typeof startService>>;

before(async () => {
  [nats, kernel] = await Promise.all([Nats.start(), startTestKernel()]);
  gateway = await startService({ NATS_URL: nats.url, KERNEL_URL: kernel.address });
  await untilReady(gateway.url);
});
after(async () => {
  await gateway.stop();
  await Promise.all([nats.stop(), kernel.stop()]);
});

const EVENT = { specversion: "1.0", id: "1", source: "/test", type: "oms.ontology.released" };

/** What is asked both ways, and the first field that is to be blamed. */
type Refused = {
  readonly grpc: (client: EventGatewayServiceClient) => Promise<unknown>;
  readonly rest: () => Promise<Answer>;
  readonly is: readonly [code: string, field: string | undefined];
};

async function refusedAlike({ grpc, rest, is }: Refused): Promise<void> {
  const [called, asked] = [await refusalOf(grpc(gateway.client)), refusalIn(await rest())];
  assert.deepEqual(called, asked);
  assert.deepEqual([called.code, called.violations[0]?.field], is);
}

async function postEvent(body: string, contentType = "application/cloudevents+json"): Promise<Answer> {
  const response = await fetch(`${gateway.url}/events`, {
    method: "POST",
    headers: { "content-type": contentType },
    body,
  });
  return { status: response.status, body: await response.json() };
}

const publishing = (event: object, ...is: Refused["is"]): Refused => ({
  grpc: (client) => client.publish({ event: JSON.stringify(event) }),
  rest: () => postEvent(JSON.stringify(event)),
  is,
});

test("an event without one of its attributes, or with a wrong one, is refused with the attribute", async () => {
  for (const attribute of ["specversion", "id", "source", "type"] as const) {
    const { [attribute]: _, ...rest } = EVENT;
    await refusedAlike(publishing(rest, "INVALID_ARGUMENT", attribute));
  }
  await refusedAlike(publishing({ ...EVENT, specversion: "0.3" }, "INVALID_ARGUMENT", "specversion"));
  await refusedAlike(publishing({ ...EVENT, time: "yesterday" }, "INVALID_ARGUMENT", "time"));
  await refusedAlike(publishing({ ...EVENT, Extra: "x" }, "INVALID_ARGUMENT", "Extra"));
});

test("no type leads to subjects that it does not name", async () => {
  for (const type of [
    "oms.>.x",
    "oms.*.x",
    "oms.onto logy.x",
    "oms..x",
    "oms.ontology.x\r\nNats-Msg-Id: 1",
    ">",
  ])
    await refusedAlike(publishing({ ...EVENT, type }, "INVALID_ARGUMENT", "type"));
});

test("an event of ten megabytes is refused by what is too large about it", async () => {
  const event = { ...EVENT, data: "x".repeat(10_000_000) };
  await refusedAlike(publishing(event, "RESOURCE_EXHAUSTED", "data"));
});

test("an event of a domain that no stream keeps is refused with its type", async () => {
  await refusedAlike(publishing({ ...EVENT, type: "oms.weather.rain" }, "FAILED_PRECONDITION", "type"));
});

test("another event under a taken name is refused with the name", async () => {
  const event = { ...EVENT, id: "taken" };
  const { receipt } = await gateway.client.publish({ event: JSON.stringify(event) });
  const again = await postEvent(JSON.stringify(event));
  assert.deepEqual(
    [again.status, again.body],
    [
      200,
      {
        source: "/test",
        id: "taken",
        outcome: "stored",
        stream: "ONTOLOGY",
        sequence: receipt?.sequence,
        duplicate: true,
      },
    ],
  );
  await refusedAlike(publishing({ ...event, data: 1 }, "ALREADY_EXISTS", "id"));
});

test("data that is not what its type's schema says is refused with the place in it", async () => {
  const type = "oms.ontology.measured";
  const schema = { type: "object", properties: { weight: { type: "number" } }, required: ["weight"] };
  const put = await gateway.ask("PUT", `/schemas/${type}`, { schema });
  assert.equal(put.status, 200);
  const event = { ...EVENT, id: "measured", type, data: { weight: "much" } };
  await assert.doesNotReject(untilRefused(event));
  await refusedAlike(publishing(event, "INVALID_ARGUMENT", "data/weight"));
  const { schemas } = await gateway.client.listSchemas({});
  assert.deepEqual(
    schemas.map((each) => ({ ...each, schema: JSON.parse(each.schema) })),
    ((await gateway.ask("GET", "/schemas")).body as { schemas: object[] }).schemas,
  );
});

/** A schema holds within a second or so of its registration. */
async function untilRefused(event: object): Promise<void> {
  while ((await postEvent(JSON.stringify(event))).status === 200);
}

test("one event of a batch that is not valid refuses all, with its place among them", async () => {
  const events = [EVENT, EVENT, { ...EVENT, type: "oms" }];
  await refusedAlike({
    grpc: (client) => client.publishBatch({ events: events.map((event) => JSON.stringify(event)) }),
    rest: () => postEvent(JSON.stringify(events), "application/cloudevents-batch+json"),
    is: ["INVALID_ARGUMENT", "events[2].type"],
  });
});

const SUBSCRIBER = { name: "s", domain: "ontology" };
const subscribing = (subscriber: object, ...is: Refused["is"]): Refused => ({
  grpc: (client) => client.putSubscriber({ subscriber: subscriber as DeepPartial<typeof SUBSCRIBER> }),
  rest: () =>
    gateway.ask(
      "PUT",
      `/subscribers/${encodeURIComponent((subscriber as typeof SUBSCRIBER).name)}`,
      subscriber,
    ),
  is,
});

test("a subscriber that cannot be is refused with the field", async () => {
  await refusedAlike(subscribing({ ...SUBSCRIBER, name: "S p" }, "INVALID_ARGUMENT", "name"));
  await refusedAlike(subscribing({ ...SUBSCRIBER, domain: "a.b" }, "INVALID_ARGUMENT", "domain"));
  await refusedAlike(
    subscribing({ ...SUBSCRIBER, types: ["oms.ontology.*", ">x"] }, "INVALID_ARGUMENT", "types[1]"),
  );
  await refusedAlike(subscribing({ ...SUBSCRIBER, ackWaitMs: 1 }, "INVALID_ARGUMENT", "ackWaitMs"));
  await refusedAlike(subscribing({ ...SUBSCRIBER, side: "both" }, "INVALID_ARGUMENT", "side"));
  await refusedAlike(subscribing({ ...SUBSCRIBER, domain: "weather" }, "FAILED_PRECONDITION", "domain"));
});

test("a subscriber keeps its side while nobody says another, and its domain for good", async () => {
  const put = await gateway.ask("PUT", "/subscribers/kept", { domain: "ontology", side: "extracted" });
  assert.equal(put.status, 200);
  const { subscriber } = await gateway.client.putSubscriber({
    subscriber: { name: "kept", domain: "ontology", maxDeliver: 3 },
  });
  assert.deepEqual([subscriber?.side, subscriber?.maxDeliver], ["extracted", 3]);
  await refusedAlike(subscribing({ name: "kept", domain: "jobs" }, "FAILED_PRECONDITION", "domain"));
});

test("a stream of the system's own is neither put nor deleted, nor is one that somebody follows", async () => {
  const own = { domain: "ontology", maxAgeMs: 5000, maxBytes: 0 };
  await refusedAlike({
    grpc: (client) => client.putStream({ stream: own }),
    rest: () => gateway.ask("PUT", "/streams/ontology", own),
    is: ["FAILED_PRECONDITION", "domain"],
  });
  await refusedAlike({
    grpc: (client) => client.deleteStream({ domain: "commits" }),
    rest: () => gateway.ask("DELETE", "/streams/commits"),
    is: ["FAILED_PRECONDITION", "domain"],
  });
  assert.equal((await gateway.ask("PUT", "/streams/weather", { maxAgeMs: 60_000 })).status, 200);
  const published = await postEvent(JSON.stringify({ ...EVENT, type: "oms.weather.rain" }));
  assert.equal(published.status, 200);
  assert.equal((await gateway.ask("PUT", "/subscribers/umbrella", { domain: "weather" })).status, 200);
  await refusedAlike({
    grpc: (client) => client.deleteStream({ domain: "weather" }),
    rest: () => gateway.ask("DELETE", "/streams/weather"),
    is: ["FAILED_PRECONDITION", "domain"],
  });
  assert.equal((await gateway.ask("DELETE", "/subscribers/umbrella")).status, 204);
  assert.equal((await gateway.ask("DELETE", "/streams/weather")).status, 204);
  const { streams } = await gateway.client.listStreams({});
  assert.deepEqual(
    streams.map(({ stream }) => stream?.domain).filter((domain) => domain === "weather"),
    [],
  );
});

test("a stream that NATS has lost is there again with the next connection", async () => {
  assert.equal((await gateway.ask("PUT", "/streams/lost", { maxAgeMs: 60_000 })).status, 200);
  await nats.manage(({ streams }) => streams.delete("LOST"));
  await nats.kill();
  await nats.resume();
  const event = JSON.stringify({ ...EVENT, type: "oms.lost.found" });
  while ((await postEvent(event)).status !== 200);
});

test("what is not there is not found by its name, and a page is of a size", async () => {
  await refusedAlike({
    grpc: (client) => client.replayDeadLetter({ id: 7 }),
    rest: () => gateway.ask("POST", "/dead-letters/7/replay"),
    is: ["NOT_FOUND", "id"],
  });
  await refusedAlike({
    grpc: (client) => client.listDeadLetters({ pageSize: 1001 }),
    rest: () => gateway.ask("GET", "/dead-letters?pageSize=1001"),
    is: ["INVALID_ARGUMENT", "pageSize"],
  });
});

test("without a directory there is no queue, and without a key there are no webhooks", async () => {
  assert.equal((await gateway.client.getQueue({})).absent, true);
  assert.deepEqual((await gateway.ask("GET", "/queue")).body, {
    absent: true,
    events: 0,
    bytes: 0,
    maxBytes: 0,
    parked: [],
  });
  await refusedAlike({
    grpc: (client) => client.pauseWebhook({ id: "w" }),
    rest: () => gateway.ask("POST", "/webhooks/w/pause"),
    is: ["FAILED_PRECONDITION", undefined],
  });
});
