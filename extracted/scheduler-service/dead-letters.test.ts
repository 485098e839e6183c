import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connectKernel, type Kernel } from "@oms/data-kernel/client.ts";
import type { Execution } from "@oms/jobs/execution.ts";
import { schedulerBranch } from "@oms/jobs/job.ts";
import { putExecution } from "@oms/jobs/writes.ts";
import { startKernelProcess } from "./process.fixture.ts";
import { startRedis } from "./redis.fixture.ts";
import { refusalOf, startService } from "./service.fixture.ts";

const stops: (() => Promise<void> | void)[] = [];
let service: Awaited<ReturnType<typeof startService>>;
let kernel: Kernel;

before(async () => {
  const [process, redis] = [await startKernelProcess(), await startRedis()];
  kernel = connectKernel({ address: process.address });
  service = await startService({ KERNEL_URL: process.address, REDIS_URL: redis.url });
  stops.push(process.stop, redis.stop, () => kernel.close(), service.stop);
  for (const id of ["a", "b"]) {
    const schedule = { kind: { $case: "manual" as const, value: {} } };
    await service.client.registerJob({
      spec: { id, type: "branch-gc", payload: '{"olderThanDays":30}', schedule },
    });
  }
});
after(async () => {
  for (const stop of stops.reverse()) await stop();
});

/** Runs the job and has the run end so, at that time. */
async function ended(job: string, status: Execution["status"], endedMs: number): Promise<string> {
  const { execution } = await service.client.runJob({ id: job });
  const id = execution?.id ?? assert.fail();
  const branch = schedulerBranch("test");
  const document = (await kernel.get<Execution>(branch, `Execution/${id}`)) ?? assert.fail();
  const body: Execution = { ...document.body, status, endedMs };
  await kernel.commit({ branch, message: "end", writes: [putExecution(body)] });
  return id;
}

test("dead letters are listed page by page, the last to end first, of one job or of all; what ended well is none", async () => {
  const first = await ended("a", "failed", 1000);
  const last = await ended("b", "unknown", 3000);
  const middle = await ended("a", "failed", 2000);
  await ended("a", "done", 4000);
  await service.client.runJob({ id: "b" });
  const all: string[] = [];
  let pageToken = "";
  do {
    const page = await service.client.listDeadLetters({ pageSize: 1, pageToken });
    all.push(...page.executions.map(({ id }) => id));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  assert.deepEqual(all, [last, middle, first]);
  const { executions } = await service.client.listDeadLetters({ job: "a" });
  assert.deepEqual(
    executions.map(({ id, status }) => [id, status]),
    [
      [middle, "failed"],
      [first, "failed"],
    ],
  );
  const metrics = await (await fetch(`${service.url}/metrics`)).text();
  assert.match(metrics, /^scheduler_dead_letters\{.*\} 3$/m);
  assert.match(metrics, /^scheduler_executions\{state="waiting".*\} 1$/m);
});

test("a dead letter is replayed once, however often that is asked for, and stays in the history", async () => {
  const id = await ended("a", "failed", 5000);
  const { execution } = await service.client.replayDeadLetter({ id });
  assert.deepEqual([execution?.job, execution?.status], ["a", "waiting"]);
  const again = await service.ask("POST", `/dead-letters/${id}/replay`);
  assert.equal((again.body as { execution: { id: string } }).execution.id, execution?.id);
  assert.notEqual(execution?.id, id);
  const other = await ended("a", "unknown", 6000);
  assert.notEqual((await service.client.replayDeadLetter({ id: other })).execution?.id, execution?.id);
});

test("a page of dead letters is as long as a page of anything else", async () => {
  for (const pageSize of [-1, 1001]) {
    const { code, violations } = await refusalOf(service.client.listDeadLetters({ pageSize }));
    assert.deepEqual([code, violations.map(({ field }) => field)], ["INVALID_ARGUMENT", ["pageSize"]]);
  }
});

test("what has not failed is not replayed", async () => {
  const id = await ended("a", "done", 7000);
  const { code, violations } = await refusalOf(service.client.replayDeadLetter({ id }));
  assert.deepEqual([code, violations.map(({ field }) => field)], ["FAILED_PRECONDITION", ["id"]]);
});
