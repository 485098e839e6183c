import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { addressRules } from "@oms/chassis/http/address.ts";
import type { Webhook } from "@oms/protos/oms/events/v1/events.ts";
import { refusalIn, refusalOf } from "../service.fixture.ts";
import { required, until } from "./receiver.fixture.ts";
import { WebhookSystem } from "./system.fixture.ts";
import { refuseForbidden } from "./target.ts";

let system: WebhookSystem;

before(async () => {
  system = await WebhookSystem.start({ WEBHOOK_ALLOW: "10.9.0.1" });
});
after(() => system.stop());

const PUBLIC = "https://93.184.216.34/";

/** What a put is refused with, over gRPC and REST alike. */
async function refused(more: Partial<Webhook>) {
  const { gateway } = system;
  const webhook = { id: "w", url: PUBLIC, domain: "ontology", ...more };
  const { code, violations } = await refusalOf(gateway.client.putWebhook({ webhook }));
  const asked = refusalIn(await gateway.ask("PUT", `/webhooks/${encodeURIComponent(webhook.id)}`, webhook));
  assert.deepEqual([asked.code, asked.violations[0]?.field], [code, violations[0]?.field]);
  return [code, violations[0]?.field];
}

test("an endpoint where nothing may be sent is refused, however it is spelled", async () => {
  for (const url of [
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/",
    "https://localhost/",
    "https://0x7f000002/",
    "https://[::ffff:10.0.0.1]/",
    "http://93.184.216.34/",
    "http://localhost:1/",
    "ftp://example.com/",
    "https://user:secret@example.com/",
    "nonsense",
  ])
    assert.deepEqual(await refused({ url }), ["INVALID_ARGUMENT", "url"], url);
});

test("a name is judged by each of its addresses, and one that has none now is judged when something is sent", async () => {
  const rules = addressRules("10.1.0.0/16", "ALLOW");
  const judged = (url: string, ...addresses: string[]) =>
    refuseForbidden(url, rules, async () => addresses.map((address) => ({ address })));
  await judged("https://hook.test/", "93.184.216.34");
  await judged("https://hook.test/", "10.1.2.3");
  await judged("http://hook.test/", "10.1.2.3");
  await assert.rejects(judged("https://hook.test/", "93.184.216.34", "127.0.0.1"), {
    code: "INVALID_ARGUMENT",
  });
  await assert.rejects(judged("http://hook.test/", "93.184.216.34"), { code: "INVALID_ARGUMENT" });
  await refuseForbidden("https://hook.test/", rules, () => Promise.reject(new Error("ENOTFOUND")));
});

test("what an endpoint may not be is refused with the field", async () => {
  assert.deepEqual(await refused({ id: "Not-Fit" }), ["INVALID_ARGUMENT", "id"]);
  assert.deepEqual(await refused({ domain: "weather" }), ["FAILED_PRECONDITION", "domain"]);
  assert.deepEqual(await refused({ domain: "dead" }), ["FAILED_PRECONDITION", "domain"]);
  assert.deepEqual(await refused({ types: ["oms.>.x"] }), ["INVALID_ARGUMENT", "types[0]"]);
  assert.deepEqual(await refused({ maxAttempts: 1000 }), ["INVALID_ARGUMENT", "maxAttempts"]);
});

test("its domain stays, and one that an endpoint follows is not deleted", async () => {
  await system.put("stays", { url: PUBLIC });
  const { client } = system.gateway;
  const webhook = { id: "stays", url: PUBLIC, domain: "ontology" };
  const moved = await refusalOf(client.putWebhook({ webhook }));
  assert.deepEqual([moved.code, moved.violations[0]?.field], ["FAILED_PRECONDITION", "domain"]);
  const followed = await refusalOf(client.deleteStream({ domain: "stays" }));
  assert.deepEqual(
    [followed.code, followed.detail],
    ["FAILED_PRECONDITION", "domain is followed by the webhook stays"],
  );
});

test("what is not there is not found, and a replay says from where", async () => {
  const { client } = system.gateway;
  const id = "nobody";
  for (const call of [
    client.getWebhook({ id }),
    client.pauseWebhook({ id }),
    client.resumeWebhook({ id }),
    client.rotateWebhookSecret({ id }),
    client.listDeliveries({ id }),
    client.replayWebhook({ id, from: { $case: "sequence", value: 1 } }),
  ]) {
    const { code, violations } = await refusalOf(call);
    assert.deepEqual([code, violations[0]?.field], ["NOT_FOUND", "id"]);
  }
  await system.put("nowhere", { url: PUBLIC });
  const nowhere = await refusalOf(client.replayWebhook({ id: "nowhere" }));
  assert.deepEqual([nowhere.code, nowhere.violations[0]?.field], ["INVALID_ARGUMENT", "timeMs"]);
  const both = refusalIn(
    await system.gateway.ask("POST", "/webhooks/nowhere/replay", { timeMs: 1, sequence: 1 }),
  );
  assert.deepEqual([both.code, both.violations[0]?.field], ["INVALID_ARGUMENT", "sequence"]);
  const wrong = refusalIn(await system.gateway.ask("POST", "/webhooks/nowhere/replay", { sequence: "1" }));
  assert.deepEqual([wrong.code, wrong.violations[0]?.field], ["INVALID_ARGUMENT", "sequence"]);
  const behind = refusalIn(await system.gateway.ask("POST", "/webhooks/nowhere/replay", { sequence: 2 }));
  assert.deepEqual([behind.code, behind.violations[0]?.field], ["INVALID_ARGUMENT", "sequence"]);
});

test("an address that the gateway that sends does not permit is sent nothing, whoever took the endpoint", async () => {
  const lenient = await system.twin();
  try {
    const webhook = { id: "forbidden", url: system.receiver.url("/forbidden"), domain: "jobs" };
    await lenient.client.putWebhook({ webhook });
    await system.publish("jobs", ["1"]);
    const [logged] = await until(async () => {
      const log = await system.log("forbidden");
      return log.length > 0 && log;
    });
    assert.equal(required(logged).error, "127.0.0.1 is at an address that nothing may be sent to");
    assert.equal(system.receiver.at("/forbidden").length, 0);
  } finally {
    await lenient.stop();
  }
});
