import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestKernel, type TestKernel } from "@oms/data-kernel/kernel.fixture.ts";
import { executionOf, jobOf, quiet } from "./documents.fixture.ts";
import { checkpointDocument, type Execution } from "./execution.ts";
import { GroupCommit } from "./group-commit.ts";
import { cleanUp } from "./housekeeping.ts";
import { EXECUTION, type Job, jobDocument, type Owner, schedulerBranch } from "./job.ts";
import { JobsView } from "./view.ts";
import { putCheckpoint, putExecution, putJob } from "./writes.ts";

const T = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;

let testKernel: TestKernel;
before(async () => {
  testKernel = await startTestKernel();
});
after(() => testKernel.stop());

let envs = 0;

/** Cleans up after `job`, which has these executions. Answers what is left. */
async function cleanedUp(job: Job, executions: readonly Execution[], side: Owner = "in-process") {
  const env = `env${++envs}`;
  const { kernel } = testKernel;
  const branch = schedulerBranch(env);
  await kernel.createBranch({ name: branch });
  const commit = { branch, message: "test" };
  await kernel.commit({ ...commit, writes: [putJob(job)] });
  await kernel.commit({ ...commit, writes: executions.map(putExecution) });
  const first = `${job.id}/${executions[0]?.tick}`;
  const checkpoint = { attempt: 1, progress: 1, data: null };
  await kernel.commit({ ...commit, writes: [putCheckpoint(first, checkpoint)] });
  const view = await JobsView.open({ kernel, env, log: quiet });
  const commits = new GroupCommit({ kernel, env, windowMs: 1 });
  const deleted = await cleanUp({ view, kernel, commits, env, side });
  await view.refresh();
  assert.equal(
    view.get(job.id)?.ended,
    executions.filter(({ endedMs }) => endedMs !== undefined).length - deleted,
  );
  view.close();
  const left: Execution[] = [];
  for await (const { body } of kernel.stream<Execution>({ branch, type: EXECUTION })) left.push(body);
  const { body } = (await kernel.get<Job>(branch, jobDocument(job.id))) ?? assert.fail();
  const checkpoints = (await kernel.get(branch, checkpointDocument(first))) ? 1 : 0;
  return { deleted, floorMs: body.floorMs, left: left.map(({ tick }) => tick), checkpoints };
}

const done = (seconds: number, change: Partial<Execution> = {}) =>
  executionOf("a", T + seconds * 1000, { status: "done", endedMs: T + seconds * 1000 + 1, ...change });
const ticks = (count: number) => Array.from({ length: count }, (_, index) => done(index + 1));
const at = (seconds: number) => `${T + seconds * 1000}`;

test("the oldest ended executions go, with their checkpoints, and the floor rises to the newest of them", async () => {
  const executions = ticks(55).map((execution, index) =>
    index === 1 ? executionOf("a", T + 2000, { status: "waiting" }) : execution,
  );
  const { deleted, floorMs, left, checkpoints } = await cleanedUp(
    jobOf("a", { keep: 3, floorMs: T }),
    executions,
  );
  assert.deepEqual([deleted, floorMs, checkpoints], [51, T + 52_000, 0]);
  assert.deepEqual(left, [at(2), at(53), at(54), at(55)]);
});

test("while there are few more than are kept, and where the other side owns the job, nothing goes", async () => {
  const job = jobOf("a", { keep: 5, floorMs: T });
  assert.equal((await cleanedUp(job, ticks(55))).deleted, 0);
  assert.equal((await cleanedUp(job, ticks(70), "extracted")).deleted, 0);
});

test("a run-now goes only when the floor may rise to it", async () => {
  const runs = Array.from({ length: 60 }, (_, n) => {
    const seconds = n < 30 ? 1 : 100;
    return done(seconds, { tick: `run-${n}` });
  });
  const job = jobOf("a", {
    keep: 0,
    floorMs: T,
    schedule: { kind: "interval", everyMs: 60_000, anchorMs: T },
  });
  const { deleted, floorMs, left } = await cleanedUp(job, runs);
  assert.deepEqual([deleted, floorMs, left.length], [30, T + 1000, 30]);
  const manual = await cleanedUp({ ...job, schedule: { kind: "manual" } }, runs);
  assert.deepEqual([manual.deleted, manual.floorMs], [60, T + 100_000]);
});
