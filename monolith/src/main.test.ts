import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { it } from "node:test";
import { MODEL_DIR } from "./testing/model.ts";
import { startKernel, startProcess } from "./testing/processes.ts";

it("OMS starts on nothing but a kernel, serves, and stops when told to", async () => {
  const kernel = await startKernel();
  const away = { EMBEDDING_URL: "127.0.0.1:1", NATS_URL: "nats://127.0.0.1:1" };
  const env = { KERNEL_URL: kernel.address, EMBEDDING_MODEL_DIR: MODEL_DIR, ...away };
  const { ports, stop } = await startProcess("monolith/src/main.ts", env, "port");
  const url = `http://127.0.0.1:${ports["port"]}`;
  assert.deepEqual(await (await fetch(`${url}/ready`)).json(), { status: "ready", checks: { kernel: "ok" } });
  const body = JSON.stringify({ text: "a dog" });
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/embedding`, { method: "POST", headers, body });
  assert.equal(response.status, 200);
  const event = { specversion: "1.0", id: "a", source: "/tests", type: "oms.ontology.released" };
  const published = await fetch(`${url}/events`, {
    method: "POST",
    headers: { "content-type": "application/cloudevents+json" },
    body: JSON.stringify(event),
  });
  assert.deepEqual(await published.json(), { source: "/tests", id: "a", outcome: "committed" });
  const metrics = await (await fetch(`${url}/metrics`)).text();
  assert.match(metrics, /oms_indexing_retries\{service="oms"\} 0/);
  assert.match(metrics, /oms_events_published_total\{outcome="committed",service="oms"\} 1/);
  assert.equal(await stop(), 0);
  await kernel.stop();
});

for (const [env, status] of [
  ["dev", 200],
  ["prod", 406],
] as const)
  it(`a browser at /graphql gets ${status} in ${env}`, async () => {
    const kernel = await startKernel();
    const settings = { KERNEL_URL: kernel.address, EMBEDDING_MODEL_DIR: MODEL_DIR, OMS_ENV: env };
    const { ports, stop } = await startProcess("monolith/src/main.ts", settings, "port");
    const headers = { accept: "text/html" };
    const response = await fetch(`http://127.0.0.1:${ports["port"]}/graphql`, { headers });
    assert.equal(response.status, status);
    assert.equal((await response.text()).includes("GraphiQL"), status === 200);
    await stop();
    await kernel.stop();
  });

it("OMS names everything that is wrong with its environment at once", async () => {
  const wrong = {
    PORT: "x",
    OMS_ENV: "Dev!",
    USE_EMBEDDING_MS: "yes",
    REDIS_URL: "nowhere",
    EMBEDDING_PROVIDER_URL: "nowhere",
    EMBEDDING_PROVIDER_FIRST: "both",
  };
  const env = { ...process.env, ...wrong };
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts")], { env });
  const [told, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  assert.equal(code, 1);
  for (const name of Object.keys(wrong)) assert.match(told, new RegExp(`${name}: `));
});
