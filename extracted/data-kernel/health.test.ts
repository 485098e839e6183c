import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { createChannel, createClient } from "nice-grpc";
import { HealthDefinition } from "nice-grpc-server-health";
import { startOnFreePorts } from "./fixtures/running-kernel.ts";

const SERVING = 1;
const NOT_SERVING = 2;

test("a kernel whose store is stuck is alive and not ready, and ready again once the store answers", async (t) => {
  const kernel = await startOnFreePorts();
  const channel = createChannel(kernel.grpc);
  const lock = new DatabaseSync(kernel.file);
  t.after(async () => {
    lock.close();
    channel.close();
    await kernel.stop();
  });
  const health = createClient(HealthDefinition, channel);
  const state = async () => ({
    alive: (await fetch(`${kernel.http}/health`)).status,
    ready: (await fetch(`${kernel.http}/ready`)).status,
    grpc: (await health.check({ service: "oms.kernel.v1.KernelService" })).status,
  });
  assert.deepEqual(await state(), { alive: 200, ready: 200, grpc: SERVING });
  lock.exec("BEGIN IMMEDIATE");
  assert.deepEqual(await state(), { alive: 200, ready: 503, grpc: NOT_SERVING });
  lock.exec("ROLLBACK");
  while ((await fetch(`${kernel.http}/ready`)).status !== 200) await wait(50);
  assert.deepEqual(await state(), { alive: 200, ready: 200, grpc: SERVING });
});
