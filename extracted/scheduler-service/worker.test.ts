import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Execution } from "@oms/jobs/execution.ts";
import type { JobSpec } from "@oms/jobs/port.ts";
import { type Bench, openBench } from "./worker.fixture.ts";
import type { RunningWorker } from "./worker.ts";

let bench: Bench;
let worker: RunningWorker;
before(async () => {
  bench = await openBench();
  worker = await bench.work();
});
after(async () => {
  await worker.stop();
  await bench.stop();
});

let count = 0;
/** Runs one execution of a new job until `status`. */
async function run(spec: Partial<JobSpec>, status: Execution["status"] = "done"): Promise<Execution> {
  count += 1;
  const job = await bench.register({ id: `job-${count}`, ...spec });
  const [id = ""] = await bench.claim(job);
  return bench.until(id, (execution) => execution.status === status && execution.attempts.length === 1);
}

test("an execution in the queue is begun, made by a child, and its result is on the branch", async () => {
  const { attempts, result } = await run({ type: "say-who" });
  const [attempt] = attempts;
  assert.partialDeepStrictEqual(attempt, { n: 1, side: "extracted", outcome: "done" });
  assert.notEqual((result as { pid: number }).pid, process.pid);
});

test("a backlog is drained, each execution by one attempt", async () => {
  const job = await bench.register({ id: "backlog" });
  const ids = await bench.claim(job, 300);
  for (const id of ids) {
    const { attempts } = await bench.until(id, ({ status }) => status === "done");
    assert.equal(attempts.length, 1);
  }
  assert.equal(await bench.queue.count(), 0);
});

for (const [type, outcome, code] of [
  ["throw", "failed", "error"],
  ["exit", "failed", "crashed"],
  ["heap", "failed", "out-of-memory"],
  ["shout", "failed", "flooded"],
  ["loop", "timeout", "timeout"],
] as const)
  test(`an attempt that would ${type} waits to be tried again, with the reason in the history`, async () => {
    const { attempts, notBeforeMs } = await run(
      { type, timeoutMs: type === "loop" ? 1000 : 60_000 },
      "waiting",
    );
    assert.partialDeepStrictEqual(attempts, [{ n: 1, outcome, error: { code } }]);
    assert.ok(notBeforeMs !== undefined);
    await run({ type: "say-who" });
  });

test("a failure that is final, and a result that is none, are not tried again", async () => {
  for (const [type, code] of [
    ["refuse", "refused"],
    ["no-json", "bad-result"],
  ] as const) {
    const { attempts } = await run({ type }, "failed");
    assert.partialDeepStrictEqual(attempts, [{ outcome: "failed", error: { code } }]);
  }
});

test("what may be done once alone and ended nobody knows how is unknown", async () => {
  const { attempts } = await run({ type: "exit", effect: "once" }, "unknown");
  assert.equal(attempts.length, 1);
});

test("the next attempt gets what the last one left", async () => {
  const job = await bench.register({ id: "resumed", type: "checkpoint-and-exit" });
  const [id = ""] = await bench.claim(job);
  const first = await bench.until(
    id,
    ({ attempts, status }) => attempts.length === 1 && status === "waiting",
  );
  assert.partialDeepStrictEqual(first.attempts, [
    { error: { message: "the executor's process exited with 7" } },
  ]);
  assert.deepEqual(await bench.checkpoint(id), { attempt: 1, progress: 0.5, data: { half: true } });
  await bench.carry(first);
  const { result, attempts } = await bench.until(id, ({ status }) => status === "done");
  assert.deepEqual(result, { resumed: { half: true } });
  assert.equal(attempts.length, 2);
});

test("a queue job that was doubled, or is of an attempt that is over, begins nothing", async () => {
  const job = await bench.register({ id: "doubled" });
  const [id = ""] = await bench.claim(job);
  const done = await bench.until(id, ({ status }) => status === "done");
  await bench.carry({ ...done, attempts: [] });
  await bench.carry(done);
  await bench.carry({ ...done, job: "nobody" });
  // What comes behind them has been carried: so have they.
  await run({ type: "say-who" });
  assert.deepEqual(await bench.execution(id), done);
});

test("a cancelled attempt is stopped, and nothing more is said of it", async () => {
  const job = await bench.register({ id: "cancelled", type: "hang", timeoutMs: 600_000 });
  const [id = ""] = await bench.claim(job);
  const running = await bench.until(id, ({ status }) => status === "running");
  const cancelled = await bench.cancel(running);
  // Both children are free again: two long ones would have none otherwise.
  await Promise.all([run({ type: "say-who" }), run({ type: "say-who" })]);
  assert.deepEqual(await bench.execution(id), cancelled);
});

test("a worker that stops gives back what does not end in time, and takes nothing more", async () => {
  await worker.stop();
  worker = await bench.work({ SCHEDULER_GRACE_MS: "200" });
  await Promise.all([run({ type: "say-who" }), run({ type: "say-who" })]);
  const job = await bench.register({ id: "given-back", type: "checkpoint-and-hang", timeoutMs: 600_000 });
  const [id = ""] = await bench.claim(job);
  await bench.untilCheckpoint(id);
  await worker.stop();
  const { status, attempts } = await bench.execution(id);
  worker = await bench.work();
  assert.equal(status, "waiting");
  assert.partialDeepStrictEqual(attempts, [{ n: 1, outcome: "lost" }]);
  await run({ type: "say-who" });
});

test("what a worker that stops had begun ahead and no child had waits again, though it was the last attempt", async () => {
  await worker.stop();
  worker = await bench.work({ SCHEDULER_GRACE_MS: "0" });
  for (const effect of ["idempotent", "once"] as const) {
    const retry = { attempts: 1, backoffMs: 1, maxBackoffMs: 1 };
    const job = await bench.register({
      id: `ahead-${effect}`,
      type: "hang",
      timeoutMs: 600_000,
      effect,
      retry,
    });
    const ids = await bench.claim(job, 3);
    for (const id of ids) await bench.until(id, ({ status }) => status === "running");
    await worker.stop();
    const ended = await Promise.all(ids.map((id) => bench.execution(id)));
    const waiting = ended.filter(({ status }) => status === "waiting");
    assert.partialDeepStrictEqual(
      waiting.map(({ attempts }) => attempts),
      [[{ n: 1, outcome: "lost", error: { code: "unbegun" } }]],
    );
    worker = await bench.work({ SCHEDULER_GRACE_MS: "0" });
  }
  await run({ type: "say-who" });
});

async function loseRedis(): Promise<void> {
  await bench.redisServer.kill();
  await bench.redisServer.restart();
  if (bench.redis.status !== "ready") await new Promise((resolve) => bench.redis.once("ready", resolve));
}

test("Redis that was lost and comes back is worked from again", async () => {
  await loseRedis();
  await run({ type: "say-who" });
});

test("Redis that is lost while a worker connects to it is worked from once it is back", async () => {
  await worker.stop();
  worker = await bench.work();
  await loseRedis();
  await run({ type: "say-who" });
});

test("a worker stops although the kernel is away", async () => {
  await worker.stop();
  worker = await bench.work({ SCHEDULER_GRACE_MS: "100" });
  const job = await bench.register({ id: "endless", type: "hang", timeoutMs: 600_000 });
  const [id = ""] = await bench.claim(job);
  await bench.until(id, ({ status }) => status === "running");
  bench.kernelServer.kill("SIGKILL");
  await worker.stop();
});
