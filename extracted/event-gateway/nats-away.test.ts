import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { scheduler } from "node:timers/promises";
import { startTestKernel } from "@oms/data-kernel/kernel.fixture.ts";
import { Nats } from "@oms/events/nats.fixture.ts";
import { Outcome } from "@oms/protos/oms/events/v1/events.ts";
import { refusalOf, startService, untilReady } from "./service.fixture.ts";

const event = (id: string) =>
  JSON.stringify({ specversion: "1.0", id, source: "/away", type: "oms.ontology.released" });

test("while NATS is away a gateway is ready and queues; when it is back the queue is empty and the events stored once", async (t) => {
  const [nats, kernel] = await Promise.all([Nats.start(), startTestKernel()]);
  const folder = await mkdtemp(join(tmpdir(), "gateway-queue-"));
  const gateway = await startService({ NATS_URL: nats.url, KERNEL_URL: kernel.address, QUEUE_DIR: folder });
  t.after(async () => {
    await gateway.stop();
    await Promise.all([nats.stop(), kernel.stop()]);
    await rm(folder, { recursive: true });
  });
  await untilReady(gateway.url);
  const outcomeOf = async (id: string) =>
    (await gateway.client.publish({ event: event(id) })).receipt?.outcome;
  assert.equal(await outcomeOf("before"), Outcome.OUTCOME_STORED);
  await nats.kill();
  for (const id of ["1", "2", "3", "2"]) assert.equal(await outcomeOf(id), Outcome.OUTCOME_QUEUED);
  assert.equal((await fetch(`${gateway.url}/ready`)).status, 200);
  const { events, absent } = await gateway.client.getQueue({});
  assert.deepEqual([events, absent], [3, false]);
  await nats.resume();
  while ((await gateway.client.getQueue({})).events > 0) await scheduler.wait(20);
  const { sequence, duplicate } = (await gateway.client.publish({ event: event("3") })).receipt ?? {};
  assert.deepEqual([sequence, duplicate], [4, true]);
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  const sampleOf = (...parts: string[]) =>
    Number(
      metrics
        .split("\n")
        .find((line) => parts.every((part) => line.includes(part)))
        ?.split(" ")[1],
    );
  assert.equal(sampleOf("event_publish_duration_seconds_count", 'outcome="queued"'), 4);
  assert.equal(sampleOf("event_queue_events{"), 0);
  assert.ok(sampleOf("event_ack_duration_seconds_count", 'outcome="stored"') >= 4);
});

test("without a directory for a queue what NATS cannot take is UNAVAILABLE, never queued", async (t) => {
  const kernel = await startTestKernel();
  const gateway = await startService({
    NATS_URL: "nats://127.0.0.1:1",
    KERNEL_URL: kernel.address,
    PUBLISH_MS: "200",
  });
  t.after(async () => {
    await gateway.stop();
    await kernel.stop();
  });
  const refusal = await refusalOf(gateway.client.publish({ event: event("1") }));
  assert.deepEqual([refusal.code, refusal.violations], ["UNAVAILABLE", []]);
  assert.doesNotMatch(refusal.detail, /127\.0\.0\.1|ECONNREFUSED/);
});
