import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startTestKernel, type TestKernel } from "@oms/data-kernel/kernel.fixture.ts";
import { Nats } from "@oms/events/nats.fixture.ts";
import { refusalOf, startService, untilReady } from "../service.fixture.ts";
import { subscribeTo } from "./client.fixture.ts";

type Service = Awaited<ReturnType<typeof startService>>;

let nats: Nats;
let kernel: TestKernel;
/** Twins before one NATS. */
let gateway: Service;
let twin: Service;

before(async () => {
  [nats, kernel] = await Promise.all([Nats.start(), startTestKernel()]);
  const env = { NATS_URL: nats.url, KERNEL_URL: kernel.address };
  [gateway, twin] = await Promise.all([startService(env), startService(env)]);
  await untilReady(gateway.url);
});
after(async () => {
  await Promise.all([gateway.stop(), twin.stop()]);
  await Promise.all([nats.stop(), kernel.stop()]);
});

const ACK = { $case: "ack", value: {} } as const;
let domains = 0;

/** A domain with one subscriber of its own, of the domain's name. */
async function subscribed(more: object = {}) {
  domains += 1;
  const domain = `w${domains}`;
  await gateway.client.putStream({ stream: { domain, maxAgeMs: 3_600_000, maxBytes: 0 } });
  await gateway.client.putSubscriber({ subscriber: { name: domain, domain, ackWaitMs: 30_000, ...more } });
  const publish = async (...ids: string[]) => {
    for (const id of ids)
      await gateway.client.publish({
        event: JSON.stringify({ specversion: "1.0", id, source: "/subscribe", type: `oms.${domain}.done` }),
      });
  };
  return { domain, publish };
}

test("no more events come than there is credit for; settled and given credit, the others do", async () => {
  const { domain, publish } = await subscribed();
  await publish("1", "2", "3", "4", "5", "6");
  const stream = subscribeTo(gateway.client, { durable: domain, credit: 2 });
  await stream.until(2);
  const [first] = stream.deliveries;
  assert.deepEqual(
    [first?.attempt, first?.sequence, first?.subject],
    [1, 1, `test.${domain}.oms.${domain}.done`],
  );
  await delay(100);
  assert.deepEqual(stream.ids(), ["1", "2"]);
  for (const each of [...stream.deliveries]) stream.settle(each, ACK);
  await stream.until(4);
  stream.credit(2);
  await stream.until(6);
  assert.deepEqual(stream.ids(), ["1", "2", "3", "4", "5", "6"]);
  stream.end();
  await stream.ended;
});

test("what is not settled when a stream ends, or its client is gone, comes at once to another gateway", async () => {
  const { domain, publish } = await subscribed({ ordered: true });
  await publish("1", "2", "3");
  const first = subscribeTo(gateway.client, { durable: domain, credit: 8 });
  await first.until(1);
  first.end();
  await first.ended;
  const second = subscribeTo(twin.client, { durable: domain, credit: 8 });
  await second.until(1);
  const [one] = second.deliveries;
  assert.ok(one);
  second.settle(one, ACK);
  await second.until(2);
  second.cut();
  await second.ended.catch(() => undefined);
  const third = subscribeTo(gateway.client, { durable: domain, credit: 8 });
  for (let n = 0; n < 2; n++) {
    await third.until(n + 1);
    const each = third.deliveries[n];
    assert.ok(each);
    third.settle(each, ACK);
  }
  assert.deepEqual([first.ids(), second.ids(), third.ids()], [["1"], ["1", "2"], ["2", "3"]]);
  third.end();
  await third.ended;
});

test("a nak brings it again after its delay, dead makes a dead letter of it, and working keeps it", async () => {
  const { domain, publish } = await subscribed({ ackWaitMs: 400, maxDeliver: 5 });
  await publish("again", "dead", "slow");
  const stream = subscribeTo(gateway.client, { durable: domain, credit: 8 });
  await stream.until(3);
  const [again, dead, slow] = stream.deliveries;
  assert.ok(again && dead && slow);
  const askedMs = Date.now();
  stream.settle(again, { $case: "nak", value: { delayMs: 300, reason: "not yet" } });
  stream.settle(dead, { $case: "dead", value: { reason: "it never will" } });
  const keeping = setInterval(() => stream.settle(slow, { $case: "working", value: {} }), 100);
  await stream.until(4);
  assert.ok(Date.now() - askedMs >= 300);
  assert.deepEqual([stream.ids()[3], stream.deliveries[3]?.attempt], ["again", 2]);
  stream.settle(stream.deliveries[3] ?? again, ACK);
  await delay(1000);
  clearInterval(keeping);
  stream.settle(slow, ACK);
  const letters = async () => (await gateway.client.listDeadLetters({ subscriber: domain })).deadLetters;
  while ((await letters()).length === 0) await delay(20);
  const [letter] = await letters();
  assert.deepEqual([letter?.reason, JSON.parse(letter?.event ?? "").id], ["it never will", "dead"]);
  assert.equal(stream.deliveries.length, 4);
  stream.end();
  await stream.ended;
});

test("a consumer that never acks has its event again, and then a dead letter, which a replay brings back", async () => {
  const { domain, publish } = await subscribed({ ackWaitMs: 200, maxDeliver: 2 });
  await publish("silent");
  const stream = subscribeTo(gateway.client, { durable: domain, credit: 1 });
  const letters = async () => (await gateway.client.listDeadLetters({ subscriber: domain })).deadLetters;
  while ((await letters()).length === 0) await delay(20);
  assert.deepEqual(
    stream.deliveries.map(({ attempt }) => attempt),
    [1, 2],
  );
  const [letter] = await letters();
  await gateway.client.replayDeadLetter({ id: letter?.id ?? 0 });
  await stream.until(3);
  stream.settle(stream.deliveries[2] ?? assert.fail(), ACK);
  assert.deepEqual(await letters(), []);
  stream.end();
  await stream.ended;
});

test("a look shows what comes from now on or behind a sequence, as its credit lets it, and settles nothing", async () => {
  const { domain, publish } = await subscribed();
  await publish("1", "2");
  const now = subscribeTo(gateway.client, { follow: { domain }, credit: 2 });
  assert.equal(await now.bound, 2);
  await publish("3", "4", "5");
  const behind = subscribeTo(twin.client, { follow: { domain, afterSequence: 1 }, credit: 100 });
  await behind.until(4);
  assert.deepEqual(behind.ids(), ["2", "3", "4", "5"]);
  await delay(100);
  assert.deepEqual(now.ids(), ["3", "4"]);
  now.credit(1);
  await now.until(3);
  now.end();
  behind.settle(behind.deliveries[0] ?? assert.fail(), ACK);
  assert.deepEqual((await refusalOf(behind.ended)).violations[0]?.field, "settle");
  await now.ended;
  await nats.manage(({ streams }) => streams.purge(domain.toUpperCase(), { seq: 4 }));
  const late = subscribeTo(gateway.client, { follow: { domain, afterSequence: 1 }, credit: 1 });
  const missed = await refusalOf(late.ended);
  assert.deepEqual([missed.code, missed.violations[0]?.field], ["FAILED_PRECONDITION", "afterSequence"]);
});

test("a look that waits long for credit goes on where it was left", async () => {
  const { domain, publish } = await subscribed();
  const look = subscribeTo(gateway.client, { follow: { domain }, credit: 1 });
  await look.bound;
  const ids = Array.from({ length: 1500 }, (_, n) => `${n}`);
  const events = ids.map((id) =>
    JSON.stringify({ specversion: "1.0", id, source: "/subscribe", type: `oms.${domain}.done` }),
  );
  await publish("first");
  for (let n = 0; n < events.length; n += 500)
    await gateway.client.publishBatch({ events: events.slice(n, n + 500) });
  await look.until(1);
  for (let n = 0; n < 1501; n += 500) {
    look.credit(500);
    await look.until(Math.min(1501, 1 + n + 500));
  }
  assert.deepEqual(new Set(look.ids()), new Set(["first", ...ids]));
  assert.equal(look.deliveries.length, 1501);
  const sequences = look.deliveries.map(({ sequence }) => sequence);
  assert.deepEqual(
    sequences,
    sequences.toSorted((a, b) => a - b),
  );
  look.end();
  await look.ended;
});

test("a stream that cannot be is refused with the field", async () => {
  const { domain } = await subscribed();
  const refused = async (bind: Parameters<typeof subscribeTo>[1]) => {
    const { code, violations } = await refusalOf(subscribeTo(gateway.client, bind).ended);
    return [code, violations[0]?.field];
  };
  assert.deepEqual(await refused({ durable: "nobody", credit: 1 }), ["NOT_FOUND", "durable"]);
  assert.deepEqual(await refused({ durable: "*", credit: 1 }), ["NOT_FOUND", "durable"]);
  assert.deepEqual(await refused({ durable: domain, credit: 0 }), ["INVALID_ARGUMENT", "bind.credit"]);
  assert.deepEqual(await refused({ durable: domain, credit: 1001 }), ["INVALID_ARGUMENT", "bind.credit"]);
  assert.deepEqual(await refused({ follow: { domain: "weather" }, credit: 1 }), [
    "FAILED_PRECONDITION",
    "domain",
  ]);
});

test("a subscriber that is deleted while it is bound is told so, and is not brought back", async () => {
  const { domain, publish } = await subscribed();
  const stream = subscribeTo(gateway.client, { durable: domain, credit: 1 });
  await stream.bound;
  await twin.client.deleteSubscriber({ name: domain });
  const { code, violations } = await refusalOf(stream.ended);
  assert.deepEqual([code, violations[0]?.field], ["NOT_FOUND", "durable"]);
  await publish("late");
  const { state } = await nats.manage(({ streams }) => streams.info(domain.toUpperCase()));
  assert.deepEqual([state.messages, state.consumer_count], [1, 0]);
});

test("a gateway that stops ends its streams with UNAVAILABLE, and what was unsettled comes to its twin", async () => {
  const { domain, publish } = await subscribed();
  const stopping = await startService({ NATS_URL: nats.url, KERNEL_URL: kernel.address });
  await publish("1");
  const first = subscribeTo(stopping.client, { durable: domain, credit: 1 });
  await first.until(1);
  const refusal = refusalOf(first.ended);
  await stopping.stop();
  assert.equal((await refusal).code, "UNAVAILABLE");
  const second = subscribeTo(twin.client, { durable: domain, credit: 1 });
  await second.until(1);
  second.settle(second.deliveries[0] ?? assert.fail(), ACK);
  second.end();
  await second.ended;
});
