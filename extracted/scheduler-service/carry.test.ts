import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { createLogger } from "@oms/chassis/log.ts";
import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { Carrier, type Waiting } from "./carry.ts";
import { type Carried, openQueue, queueJob } from "./queue.ts";
import { type OwnRedis, settingsOf, startRedis } from "./redis.fixture.ts";
import { openRedis } from "./redis.ts";

let server: OwnRedis;
let redis: Redis;
let queue: Queue<Carried>;
before(async () => {
  server = await startRedis();
  redis = openRedis(settingsOf(server), "asking", createLogger("test", "silent"));
  await connected();
  queue = openQueue(settingsOf(server), redis);
});
beforeEach(async () => {
  await connected();
  await redis.flushall();
});
after(async () => {
  redis.disconnect();
  await server.stop();
});

async function connected(): Promise<void> {
  if (redis.status !== "ready") await new Promise((resolve) => redis.once("ready", resolve));
}

function waiting(tick: number, change: Partial<Waiting> = {}): Waiting {
  return { job: "nightly", tick: `${tick}`, attempt: 1, type: "export", priority: 5, ready: true, ...change };
}

function carrierOf(executions: Waiting[]) {
  return new Carrier({ queue, waiting: () => executions, refresh: async () => {} });
}

const inQueue = () => queue.getRanges(["wait", "prioritized"], 0, -1, true);

test("what may begin is added once, under the id of its attempt, and by urgency", async () => {
  const executions = [waiting(1), waiting(2, { ready: false }), waiting(3, { priority: 9 })];
  const carrier = carrierOf(executions);
  assert.deepEqual([await carrier.add(), await carrier.add()], [2, 0]);
  assert.deepEqual(new Set(await inQueue()), new Set(["nightly/1/1", "nightly/3/1"]));
  const [urgent] = await queue.getRanges(["wait"]);
  assert.equal(urgent, "nightly/3/1");
  const job = await queue.getJob("nightly/1/1");
  assert.deepEqual([job?.name, job?.data], ["export", { job: "nightly", tick: "1", attempt: 1 }]);
  executions[1] = waiting(2);
  assert.equal(await carrier.add(), 1);
});

test("two instances that both add, add no execution twice", async () => {
  const executions = Array.from({ length: 1200 }, (_, tick) => waiting(tick));
  await Promise.all([carrierOf(executions).add(), carrierOf(executions).add()]);
  assert.equal((await inQueue()).length, 1200);
});

test("after a flush everything that waits is in the queue again", async () => {
  const executions = Array.from({ length: 2500 }, (_, tick) => waiting(tick, { ready: tick % 5 !== 0 }));
  const carrier = carrierOf(executions);
  assert.deepEqual(await carrier.reconcile(), { added: 2000, removed: 0 });
  await redis.flushall();
  assert.equal(await carrier.add(), 0);
  assert.deepEqual(await carrier.reconcile(), { added: 2000, removed: 0 });
  assert.equal((await inQueue()).length, 2000);
  assert.deepEqual(await carrierOf(executions).reconcile(), { added: 0, removed: 0 });
});

test("what waits no more is taken out, unless a worker has it", async () => {
  await queue.addBulk([1, 2, 3, 4, 5].map((tick) => queueJob(waiting(tick))));
  await redis.zrem(queue.toKey("prioritized"), "nightly/3/1");
  await redis.lpush(queue.toKey("active"), "nightly/3/1");
  assert.deepEqual(await carrierOf([waiting(2)]).reconcile(), { added: 0, removed: 3 });
  assert.deepEqual(await inQueue(), ["nightly/2/1"]);
  assert.equal(await redis.exists(queue.toKey("nightly/1/1")), 0);
});

test("another attempt of an execution is another piece of work, and takes the place of the last", async () => {
  const carrier = carrierOf([waiting(1)]);
  await carrier.add();
  assert.deepEqual(await carrierOf([waiting(1, { attempt: 2 })]).reconcile(), { added: 1, removed: 1 });
  assert.deepEqual(await inQueue(), ["nightly/1/2"]);
});

test("while Redis is away both reject, and afterwards nothing is missing", async () => {
  const carrier = carrierOf([waiting(1)]);
  await server.kill();
  await assert.rejects(carrier.add());
  await assert.rejects(carrier.reconcile());
  await server.restart();
  await connected();
  assert.equal(await carrier.add(), 1);
});
