import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { createChannel, createClient } from "nice-grpc";
import { HealthDefinition } from "nice-grpc-server-health";
import { startOnFreePorts } from "./fixtures/running-kernel.ts";
import { startDouble } from "./store/terminus/double/server.ts";

const READY = { alive: 200, ready: 200, grpc: 1 };
const NOT_READY = { alive: 200, ready: 503, grpc: 2 };

/** A kernel and what it says of itself: over HTTP, and as gRPC's ServingStatus. */
async function start(t: TestContext, env: NodeJS.ProcessEnv = {}) {
  const kernel = await startOnFreePorts(env);
  const channel = createChannel(kernel.grpc);
  t.after(async () => {
    channel.close();
    await kernel.stop();
  });
  const health = createClient(HealthDefinition, channel);
  const statusOf = async (path: string) => (await fetch(`${kernel.http}${path}`)).status;
  return {
    file: kernel.file,
    state: async () => ({
      alive: await statusOf("/health"),
      ready: await statusOf("/ready"),
      grpc: (await health.check({ service: "oms.kernel.v1.KernelService" })).status,
    }),
    becomesReady: async () => {
      while ((await statusOf("/ready")) !== 200) await wait(50);
    },
  };
}

test("a kernel whose file is locked is alive and not ready, and ready again when it is not", async (t) => {
  const { file, state, becomesReady } = await start(t);
  const lock = new DatabaseSync(file);
  t.after(() => lock.close());
  assert.deepEqual(await state(), READY);
  lock.exec("BEGIN IMMEDIATE");
  assert.deepEqual(await state(), NOT_READY);
  lock.exec("ROLLBACK");
  await becomesReady();
  assert.deepEqual(await state(), READY);
});

test("a kernel whose TerminusDB is not up yet, or hangs, is alive and not ready, and ready when it answers", async (t) => {
  const double = await startDouble();
  t.after(() => double.stop());
  double.faultOf = () => ({ kind: "starting", applied: false });
  const { url, user, password } = double;
  const env = { TERMINUSDB_URL: url, TERMINUSDB_USER: user, TERMINUSDB_PASSWORD: password };
  const { state, becomesReady } = await start(t, env);
  assert.deepEqual(await state(), NOT_READY);
  double.faultOf = () => undefined;
  await becomesReady();
  assert.deepEqual(await state(), READY);
  double.faultOf = () => ({ kind: "hang", applied: false });
  assert.deepEqual(await state(), NOT_READY);
  double.faultOf = () => undefined;
  await becomesReady();
  assert.deepEqual(await state(), READY);
});
