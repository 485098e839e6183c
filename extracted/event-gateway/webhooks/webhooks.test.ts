import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { firsts, isSigned, required, until } from "./receiver.fixture.ts";
import { WebhookSystem } from "./system.fixture.ts";

let system: WebhookSystem;

before(async () => {
  system = await WebhookSystem.start();
});
after(() => system.stop());

test("an event comes as a CloudEvent in structured mode, signed by Standard Webhooks, and is logged", async () => {
  const secret = await system.put("plain");
  await system.publish("plain", ["1"], { data: { n: 1 } });
  const [received] = await system.receiver.until("/plain", 1);
  const { event, headers } = required(received);
  assert.deepEqual([event.id, event.type, event.data], ["1", "oms.plain.done", { n: 1 }]);
  assert.match(headers["content-type"] ?? "", /^application\/cloudevents\+json/);
  assert.equal(headers["webhook-id"], "/tests 1");
  assert.ok(isSigned(required(received), secret));
  assert.ok(!isSigned(required(received), `${secret.slice(0, -2)}A=`));
  const [logged] = await until(async () => {
    const log = await system.log("plain");
    return log.length === 1 && log;
  });
  const { eventId, eventSource, sequence, attempt, status, error, outcome } = required(logged);
  assert.deepEqual([eventId, eventSource, sequence, attempt], ["1", "/tests", 1, 1]);
  assert.deepEqual([status, error, outcome], [200, "", "delivered"]);
});

test("a new endpoint is sent what comes from now on, and only the types it asks for", async () => {
  await system.put("late-other");
  await system.publish("late-other", ["before"]);
  await system.put("late", { domain: "late-other", types: ["oms.*.done"] });
  await system.publish("late-other", ["begun"], { type: "oms.late-other.begun" });
  await system.publish("late-other", ["after"]);
  await system.receiver.until("/late", 1);
  await system.receiver.until("/late-other", 3);
  assert.deepEqual(system.receiver.ids("/late"), ["after"]);
});

test("a failure is retried until it is delivered, and others do not wait for it", async () => {
  let failures = 0;
  system.receiver.answer("/flaky", ({ event }) => (event.id === "1" && ++failures <= 3 ? 500 : 200));
  await system.put("flaky");
  await system.publish("flaky", ["1", "2"]);
  await system.receiver.until("/flaky", 5);
  assert.deepEqual(firsts(system.receiver.ids("/flaky")), ["1", "2"]);
  const log = await until(async () => {
    const all = await system.log("flaky");
    return all.length === 5 && all;
  });
  const of1 = log.filter(({ eventId }) => eventId === "1").map(({ attempt, outcome }) => [attempt, outcome]);
  assert.deepEqual(of1, [
    [4, "delivered"],
    [3, "retried"],
    [2, "retried"],
    [1, "retried"],
  ]);
});

test("an event that fails to the last attempt is a dead letter, and a replay brings it to that endpoint alone", async () => {
  let answer = 422;
  system.receiver.answer("/doomed", () => answer);
  await system.put("doomed", { maxAttempts: 2 });
  await system.put("doomed-other", { domain: "doomed" });
  await system.publish("doomed", ["1"]);
  const [letter] = await until(async () => {
    const letters = await system.letters("doomed");
    return letters.length > 0 && letters;
  });
  assert.deepEqual([letter?.attempts, letter?.reason], [2, "was answered with 422"]);
  answer = 200;
  await system.gateway.client.replayDeadLetter({ id: required(letter).id });
  await system.receiver.until("/doomed", 3);
  assert.deepEqual(await system.letters("doomed"), []);
  assert.deepEqual(system.receiver.ids("/doomed-other"), ["1"]);
});
