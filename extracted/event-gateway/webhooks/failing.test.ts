import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { firsts, isSigned, required, until } from "./receiver.fixture.ts";
import { WebhookSystem } from "./system.fixture.ts";

let system: WebhookSystem;

before(async () => {
  system = await WebhookSystem.start();
});
after(() => system.stop());

const numbered = (count: number) => Array.from({ length: count }, (_, n) => `${n}`);

test("an endpoint that never answers, or for ever, harms nobody", async () => {
  system.receiver.answer("/mute", () => undefined);
  const streams: (() => boolean)[] = [];
  system.receiver.answer("/endless", (_received, response) => {
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write("x".repeat(16_384)));
    };
    response.on("drain", more);
    streams.push(() => response.destroyed);
    more();
    return undefined;
  });
  await system.put("mute", { timeoutMs: 100, maxAttempts: 2 });
  await system.put("endless", { domain: "mute", timeoutMs: 5000 });
  await system.put("well", { domain: "mute" });
  await system.publish("mute", ["1"]);
  await system.receiver.until("/well", 1);
  const [logged] = await until(async () => {
    const log = await system.log("endless");
    return log.length > 0 && log;
  });
  assert.deepEqual([logged?.status, logged?.outcome], [200, "delivered"]);
  await until(() => streams.length === 1 && streams.every((isOver) => isOver()));
  const [letter] = await until(async () => {
    const letters = await system.letters("mute");
    return letters.length > 0 && letters;
  });
  assert.equal(letter?.reason, "no answer within 100 ms");
});

test("the breaker of an endpoint that is away opens, costs no event its attempts, and closes when it is back", async () => {
  let isAway: boolean = true;
  system.receiver.answer("/away", () => (isAway ? 503 : 200));
  const secret = await system.put("away", { order: 3, maxAttempts: 7 });
  const ids = numbered(20);
  await system.publish("away", ids);
  const breaker = async () => (await system.status("away"))?.breaker;
  await until(async () => (await breaker()) === "open");
  // Many more than it may be tried, were they counted.
  await system.receiver.until("/away", 12);
  assert.deepEqual(new Set(system.receiver.ids("/away")), new Set(["0"]));
  assert.deepEqual(await system.letters("away"), []);
  isAway = false;
  await until(() => firsts(system.receiver.ids("/away")).length === 20);
  assert.deepEqual(firsts(system.receiver.ids("/away")), ids);
  assert.equal(await breaker(), "closed");
  assert.ok(system.receiver.at("/away").every((each) => isSigned(each, secret)));
  const metrics = await (await fetch(`${system.gateway.url}/metrics`)).text();
  assert.match(metrics, /event_webhook_deliveries_total\{webhook="away",outcome="delivered",.*\} 20/);
  assert.match(metrics, /event_webhook_breaker_state\{webhook="away",.*\} 0/);
  assert.match(metrics, /event_webhook_pending\{webhook="away",.*\} 0/);
});

test("an endpoint that says when it may be asked again is asked no sooner", async () => {
  system.receiver.answer("/later", (_received, response) => {
    if (system.receiver.at("/later").length > 1) return 200;
    response.writeHead(429, { "retry-after": "1" }).end();
    return undefined;
  });
  await system.put("later");
  await system.publish("later", ["1"]);
  await system.receiver.until("/later", 2);
  const [second, first] = await until(async () => {
    const log = await system.log("later");
    return log.length === 2 && log;
  });
  assert.ok(required(second).atMs - required(first).atMs >= 1000);
});
