import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { refusalOf } from "../service.fixture.ts";
import { isSigned, required, until } from "./receiver.fixture.ts";
import { WebhookSystem } from "./system.fixture.ts";

let system: WebhookSystem;

before(async () => {
  system = await WebhookSystem.start();
});
after(() => system.stop());

test("a put that is made again under its key, as its answer was lost, is no other put", async () => {
  const { client } = system.gateway;
  await system.put("lost", { domain: "answers" });
  const webhook = { id: "kept", url: system.receiver.url("/kept"), domain: "answers" };
  const put = (more = {}) =>
    runInContext(newContext({ key: "put-once" }), () =>
      client.putWebhook({ webhook: { ...webhook, ...more } }),
    );
  const first = await put();
  const again = await put();
  assert.deepEqual([again.webhook, again.secret], [first.webhook, ""]);
  assert.equal((await refusalOf(put({ maxAttempts: 3 }))).code, "ALREADY_EXISTS");
});

test("a paused endpoint is sent nothing, and resumed what came meanwhile", async () => {
  await system.put("paused");
  await system.publish("paused", ["1"]);
  await system.receiver.until("/paused", 1);
  const { client } = system.gateway;
  assert.equal((await client.pauseWebhook({ id: "paused" })).webhook?.paused, true);
  await system.put("paused-other", { domain: "paused" });
  await until(async () => (await system.status("paused"))?.pending !== undefined);
  await until(async () => {
    await system.publish("paused", [`during-${Date.now()}`]);
    await delay(50);
    return Number((await system.status("paused"))?.pending) >= 2;
  });
  const sent = system.receiver.at("/paused").length;
  const others = system.receiver.ids("/paused-other");
  const resumed = await client.resumeWebhook({ id: "paused" });
  assert.deepEqual([resumed.webhook?.paused, resumed.webhook?.pausedBecause], [false, ""]);
  const all = await until(() => {
    const ids = system.receiver.ids("/paused");
    return ids.length >= sent + 2 && others.every((id) => ids.includes(id)) && ids;
  });
  assert.equal(new Set(all).size, all.length, "nothing came twice");
});

test("410 pauses an endpoint and says why; what it was sent comes again when it is resumed", async () => {
  let answer = 410;
  system.receiver.answer("/gone", () => answer);
  await system.put("gone", { maxAttempts: 1 });
  await system.publish("gone", ["1"]);
  const paused = await until(async () => {
    const status = await system.status("gone");
    return status?.webhook?.paused && status.webhook;
  });
  assert.equal(paused.pausedBecause, "the endpoint answered 410 Gone");
  assert.equal(system.receiver.at("/gone").length, 1);
  answer = 200;
  await system.gateway.client.resumeWebhook({ id: "gone" });
  await system.receiver.until("/gone", 2);
  assert.deepEqual(await system.letters("gone"), []);
});

test("a replay sends what is stored since a sequence or a time once more", async () => {
  await system.put("again");
  await system.publish("again", ["1", "2", "3"]);
  await system.receiver.until("/again", 3);
  const { client } = system.gateway;
  await client.replayWebhook({ id: "again", from: { $case: "sequence", value: 2 } });
  await system.receiver.until("/again", 5);
  await until(async () => (await system.status("again"))?.pending === 0);
  assert.deepEqual(sorted("/again"), ["1", "2", "2", "3", "3"]);
  await client.replayWebhook({ id: "again", from: { $case: "timeMs", value: 0 } });
  await system.receiver.until("/again", 8);
  assert.deepEqual(sorted("/again"), ["1", "1", "2", "2", "2", "3", "3", "3"]);
  const consumers = () => consumersOf("AGAIN");
  await until(async () => (await consumers()).length === 1);
});

test("an endpoint that is deleted leaves nothing, and made anew is sent what comes from then on", async () => {
  await system.put("twice");
  await system.publish("twice", ["1"]);
  await system.receiver.until("/twice", 1);
  const { client } = system.gateway;
  const first = await client.putWebhook({
    webhook: { id: "twice", url: system.receiver.url("/twice"), domain: "twice" },
  });
  assert.equal(first.secret, "", "one that is there has had its secret");
  await client.deleteWebhook({ id: "twice" });
  await client.deleteWebhook({ id: "twice" });
  await until(async () => (await consumersOf("TWICE")).length === 0);
  await system.publish("twice", ["2"]);
  const secret = await system.put("twice");
  await system.publish("twice", ["3"]);
  const received = await system.receiver.until("/twice", 2);
  assert.deepEqual(system.receiver.ids("/twice"), ["1", "3"]);
  assert.ok(!isSigned(required(received[0]), secret), "its secret is another");
  assert.deepEqual(
    (await until(async () => (await system.log("twice")).length > 0 && system.log("twice"))).map(
      (each) => each.eventId,
    ),
    ["3"],
  );
});

test("while a secret has just been rotated, the one before it signs too", async () => {
  const before = await system.put("rotated");
  const { secret } = await system.gateway.client.rotateWebhookSecret({ id: "rotated" });
  assert.notEqual(secret, before);
  await until(async () => {
    await system.publish("rotated", [`${Date.now()}`]);
    await delay(20);
    const received = system.receiver.at("/rotated").at(-1);
    return received !== undefined && isSigned(received, secret) && isSigned(received, before);
  });
});

test("the log is paged, newest first", async () => {
  await system.put("paged");
  await system.publish("paged", ["1", "2", "3", "4", "5"]);
  await until(async () => (await system.log("paged")).length === 5);
  const { client } = system.gateway;
  const pages: string[][] = [];
  let pageToken = "";
  do {
    const page = await client.listDeliveries({ id: "paged", pageSize: 2, pageToken });
    pages.push(page.deliveries.map(({ eventId }) => eventId));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  assert.deepEqual(
    pages.map((page) => page.length),
    [2, 2, 1],
  );
  assert.deepEqual(
    pages.flat(),
    (await system.log("paged")).map(({ eventId }) => eventId),
  );
  const refused = await refusalOf(client.listDeliveries({ id: "paged", pageToken: "x" }));
  assert.deepEqual([refused.code, refused.violations[0]?.field], ["INVALID_ARGUMENT", "pageToken"]);
});

const sorted = (path: string) => system.receiver.ids(path).toSorted((a, b) => a.localeCompare(b));

function consumersOf(stream: string): Promise<string[]> {
  return system.nats.manage(async ({ consumers }) => {
    const names: string[] = [];
    for await (const { name } of consumers.list(stream)) names.push(name);
    return names;
  });
}
