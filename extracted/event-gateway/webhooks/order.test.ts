import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { firsts, type Received, until } from "./receiver.fixture.ts";
import { WebhookSystem } from "./system.fixture.ts";

let system: WebhookSystem;

before(async () => {
  system = await WebhookSystem.start();
});
after(() => system.stop());

const numbered = (count: number) => Array.from({ length: count }, (_, n) => `${n}`);
const keyed = (received: readonly Received[], key: string) =>
  received.filter(({ event }) => event.partitionkey === key).map(({ event }) => event.id);

/** Answers with failures at every so many attempts. */
function unreliable(path: string, every: number): void {
  let attempts = 0;
  system.receiver.answer(path, () => (++attempts % every === 0 ? 500 : 200));
}

test("in the order of all, nothing is sent before what came before it is through", async () => {
  unreliable("/all", 3);
  await system.put("all", { order: 3 });
  const ids = numbered(30);
  await system.publish("all", ids);
  await until(() => firsts(system.receiver.ids("/all")).length === 30);
  const sent = system.receiver.ids("/all");
  assert.deepEqual(firsts(sent), ids);
  assert.deepEqual(
    sent,
    sent.toSorted((a, b) => Number(a) - Number(b)),
  );
});

test("in the order of keys, a key that fails holds its own events and no others", async () => {
  let isMended = false;
  system.receiver.answer("/keys", ({ event }) => (event.partitionkey === "a" && !isMended ? 422 : 200));
  await system.put("keys", { order: 2, maxAttempts: 100 });
  for (const n of numbered(20)) {
    await system.publish("keys", [`a${n}`], { partitionkey: "a" });
    await system.publish("keys", [`b${n}`], { partitionkey: "b" });
  }
  const of = (key: string) => keyed(system.receiver.at("/keys"), key);
  await until(() => of("b").length === 20 && of("a").length > 1);
  assert.deepEqual(
    of("b"),
    numbered(20).map((n) => `b${n}`),
  );
  assert.deepEqual(new Set(of("a")), new Set(["a0"]));
  isMended = true;
  await until(() => firsts(of("a")).length === 20);
  assert.deepEqual(
    firsts(of("a")),
    numbered(20).map((n) => `a${n}`),
  );
});

test("without an order an event that fails holds nothing", async () => {
  system.receiver.answer("/none", ({ event }) => (event.id === "0" ? 422 : 200));
  await system.put("none", { maxAttempts: 100 });
  const ids = numbered(100);
  await system.publish("none", ids);
  await until(() => firsts(system.receiver.ids("/none")).length === 100);
});

test("in the order of keys, what is new waits for what an earlier gateway has not settled", async () => {
  const { gateway, nats } = system;
  await system.put("taken", { order: 2 });
  const consumer = await until(() => consumerOf("TAKEN"));
  await gateway.client.pauseWebhook({ id: "taken" });
  await until(async () => (await consumerOf("TAKEN"))?.num_waiting === 0);
  await system.publish("taken", ["1", "2"]);
  await nats.publishing(async ({ consumers }) => {
    const earlier = await consumers.get("TAKEN", consumer.name);
    let taken = 0;
    for await (const _ of await earlier.fetch({ max_messages: 2 })) if (++taken === 2) break;
  });
  await system.publish("taken", ["3", "4"]);
  await gateway.client.resumeWebhook({ id: "taken" });
  await until(() => firsts(system.receiver.ids("/taken")).length === 4);
  assert.deepEqual(firsts(system.receiver.ids("/taken")), ["1", "2", "3", "4"]);
});

function consumerOf(stream: string) {
  return system.nats.manage(async ({ consumers }) => {
    for await (const info of consumers.list(stream)) return info;
    return undefined;
  });
}
