import assert from "node:assert/strict";
import { after, test } from "node:test";
import { scheduler } from "node:timers/promises";
import { connectKernel, type Kernel } from "@oms/data-kernel/client.ts";
import type { Execution } from "@oms/jobs/execution.ts";
import { EXECUTION, schedulerBranch } from "@oms/jobs/job.ts";
import { Redis } from "ioredis";
import { type Started, startKernelProcess, startProcess } from "./process.fixture.ts";
import { openQueue } from "./queue.ts";
import { type OwnRedis, settingsOf, startRedis } from "./redis.fixture.ts";
import { startService, untilReady } from "./service.fixture.ts";

const stops: (() => unknown)[] = [];
after(async () => {
  for (const stop of stops.reverse()) await stop();
});

type World = {
  readonly kernel: Kernel;
  readonly redis: OwnRedis;
  readonly env: Readonly<Record<string, string>>;
};

/** A kernel and a Redis of a test's own, and what an api is told of them. */
async function world(): Promise<World> {
  const [process, redis] = [await startKernelProcess(), await startRedis()];
  const kernel = connectKernel({ address: process.address });
  stops.push(process.stop, redis.stop, () => kernel.close());
  const env = {
    KERNEL_URL: process.address,
    REDIS_URL: redis.url,
    OMS_ENV: "test",
    SCHEDULER_RECONCILE_MS: "100",
    SCHEDULER_LEADER_MS: "1000",
  };
  return { kernel, redis, env };
}

/** Looks until something is so; the test's own timeout bounds it. */
async function until<R>(look: () => Promise<R | undefined>): Promise<R> {
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await scheduler.wait(50);
  }
}

/** The planned times of a job's executions, ascending. */
async function ticksOf({ kernel }: World, job: string): Promise<number[]> {
  const asked = {
    branch: schedulerBranch("test"),
    type: EXECUTION,
    prefix: `${EXECUTION}/${job}/`,
    pageSize: 1000,
  };
  const { documents } = await kernel.query<Execution>(asked);
  return documents.map(({ body }) => body.plannedMs);
}

function everySecond(id: string) {
  return {
    id,
    type: "branch-gc",
    payload: { olderThanDays: 30 },
    schedule: { kind: "interval", everyMs: 1000, anchorMs: 0 },
    overlap: "allow",
  };
}

/** No tick of a second is missing between the first and the last. */
function assertWhole(ticks: readonly number[]): void {
  const [first = 0] = ticks;
  assert.deepEqual(
    ticks,
    ticks.map((_, n) => first + n * 1000),
  );
}

test("after FLUSHALL everything that waits is in the queue again, and the queue alone was lost", async () => {
  const here = await world();
  const service = await startService(here.env);
  stops.push(service.stop);
  const redis = new Redis(here.redis.url);
  const queue = openQueue(settingsOf(here.redis), redis);
  stops.push(() => redis.disconnect());
  await service.ask("POST", "/jobs", { ...everySecond("a"), schedule: { kind: "manual" } });
  for (let n = 0; n < 20; n += 1) await service.ask("POST", "/jobs/a/run", undefined, `k${n}`);
  const all = () => queue.getRanges(["prioritized"], 0, -1);
  const whole = async () => ((await all()).length === 20 ? true : undefined);
  await until(whole);
  await redis.flushall();
  await until(whole);
  assert.ok((await all()).includes("a/run-k7/1"));
});

test("the instance that keeps the time is killed: another one does, and no tick is missing or claimed twice", async () => {
  const here = await world();
  const start = () => startProcess(["scheduler-service/main.ts", "api"], "grpcPort", here.env);
  const apis = [await start(), await start()];
  const [one] = apis;
  for (const { child, exited } of apis)
    stops.push(
      () => exited,
      () => child.kill("SIGKILL"),
    );
  await untilReady(`http://127.0.0.1:${one?.ports["port"]}`);
  await fetch(`http://127.0.0.1:${one?.ports["port"]}/jobs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(everySecond("b")),
  });
  await until(async () => ((await ticksOf(here, "b")).length >= 2 ? true : undefined));
  const leader = await until(async () => {
    const leads = await Promise.all(apis.map(isLeader));
    return apis[leads.indexOf(true)];
  });
  leader.child.kill("SIGKILL");
  await leader.exited;
  const killedMs = Date.now();
  const ticks = await until(async () => {
    const claimed = await ticksOf(here, "b");
    return (claimed.at(-1) ?? 0) > killedMs + 1000 ? claimed : undefined;
  });
  assertWhole(ticks);
});

async function isLeader({ ports, child }: Started): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return false;
  const metrics = await (await fetch(`http://127.0.0.1:${ports["port"]}/metrics`)).text();
  return /^scheduler_leader\{.*\} 1$/m.test(metrics);
}

type Outage = { readonly begin: (redis: OwnRedis) => unknown; readonly end: (redis: OwnRedis) => unknown };
const OUTAGES: Readonly<Record<string, Outage>> = {
  killed: { begin: (redis) => redis.kill(), end: (redis) => redis.restart() },
  stalled: { begin: (redis) => redis.signal("SIGSTOP"), end: (redis) => redis.signal("SIGCONT") },
};

for (const [what, { begin, end }] of Object.entries(OUTAGES)) {
  test(`with Redis ${what} edits and reads go on and nothing is claimed; afterwards no tick is missing`, async () => {
    const here = await world();
    const service = await startService(here.env);
    stops.push(service.stop);
    assert.equal((await service.ask("POST", "/jobs", everySecond("c"))).status, 201);
    await until(async () => ((await ticksOf(here, "c")).length > 0 ? true : undefined));
    await begin(here.redis);
    assert.equal((await service.ask("PATCH", "/jobs/c", { tags: ["x"] })).status, 200);
    assert.equal((await service.ask("POST", "/jobs/c/run", undefined, "k")).status, 200);
    assert.equal((await fetch(`${service.url}/ready`)).status, 200);
    await until(async () => ((await leads(service.url)) ? undefined : true));
    await end(here.redis);
    const backMs = Date.now();
    const ticks = await until(async () => {
      const claimed = (await ticksOf(here, "c")).filter((ms) => ms % 1000 === 0);
      return (claimed.at(-1) ?? 0) > backMs ? claimed : undefined;
    });
    assertWhole(ticks);
  });
}

async function leads(url: string): Promise<boolean> {
  return /^scheduler_leader\{.*\} 1$/m.test(await (await fetch(`${url}/metrics`)).text());
}

test("started before its kernel it is not ready, and stops when it is told to", async () => {
  const redis = await startRedis();
  stops.push(redis.stop);
  const env = { KERNEL_URL: "127.0.0.1:1", REDIS_URL: redis.url };
  const { child, ports, exited } = await startProcess(["scheduler-service/main.ts", "api"], "grpcPort", env);
  const ready = await fetch(`http://127.0.0.1:${ports["port"]}/ready`);
  const { checks } = (await ready.json()) as { checks: Record<string, string> };
  assert.equal(ready.status, 503);
  assert.ok(checks["kernel"] !== "ok" && checks["jobs"] !== "ok");
  assert.equal((await fetch(`http://127.0.0.1:${ports["port"]}/board/`)).status, 404);
  child.kill("SIGTERM");
  assert.equal(await exited, 0);
});

test("a process that is not there is answered with those that are, and what help is asked for", async () => {
  const started = startProcess(["scheduler-service/main.ts", "nothing"], "port", {});
  await assert.rejects(started, /Usage: .*[\s\S]*api/);
});
