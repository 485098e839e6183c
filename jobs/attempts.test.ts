import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import type { Doc } from "@oms/data-kernel/client.ts";
import { startTestKernel, type TestKernel } from "@oms/data-kernel/kernel.fixture.ts";
import { type Attempt, Attempts, type Begun } from "./attempts.ts";
import { executionOf, jobOf, quiet } from "./documents.fixture.ts";
import { type Checkpoint, checkpointDocument, type Execution, executionDocument } from "./execution.ts";
import { GroupCommit } from "./group-commit.ts";
import { type Job, jobDocument, type Owner, schedulerBranch } from "./job.ts";
import { Reaper } from "./reaper.ts";
import { JobsView } from "./view.ts";
import { putExecution, putJob } from "./writes.ts";

const ENV = "dev";
const BRANCH = schedulerBranch(ENV);
const T = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;

let testKernel: TestKernel;
let view: JobsView;
let commits: GroupCommit;
before(async () => {
  testKernel = await startTestKernel();
  const { kernel } = testKernel;
  view = await JobsView.open({ kernel, env: ENV, log: quiet, pollMs: 10 });
  commits = new GroupCommit({ kernel, env: ENV, windowMs: 1 });
});
after(async () => {
  view.close();
  await commits.close();
  await testKernel.stop();
});

const attemptsOf = (worker: string, leaseMs = 3_600_000) =>
  new Attempts({ commits, view, side: "extracted", worker, leaseMs, now: () => T + 1000 });

let names = 0;

/** A job of the service, and a claim of it that waits. */
async function begun(change: Partial<Job> = {}): Promise<Begun> {
  const id = `job-${++names}`;
  const job = jobOf(id, { owner: "extracted", floorMs: T - 1, ...change });
  const writes = [putJob(job), putExecution(executionOf(id, T))];
  await testKernel.kernel.commit({ branch: BRANCH, message: "test", writes });
  return read(id);
}

async function read(id: string): Promise<Begun> {
  const [execution, job] = await Promise.all([
    testKernel.kernel.get<Execution>(BRANCH, executionDocument(`${id}/${T}`)),
    testKernel.kernel.get<Job>(BRANCH, jobDocument(id)),
  ]);
  return { execution: execution ?? assert.fail(), job: job ?? assert.fail() };
}

async function stored({ job }: Begun): Promise<Execution> {
  return (await read(job.body.id)).execution.body;
}

const edited = async ({ body }: Doc<Job>, change: Partial<Job>) => {
  await testKernel.kernel.commit({
    branch: BRANCH,
    message: "test",
    writes: [putJob({ ...body, ...change })],
  });
};

test("of many who begin an execution one has it", async () => {
  const waiting = await begun();
  const tries = await Promise.all(["a", "b", "c"].map((worker) => attemptsOf(worker).begin(waiting)));
  const [attempt, ...others] = tries.filter((each) => each !== undefined);
  assert(attempt && others.length === 0);
  const { status, attempts, leaseMs } = await stored(waiting);
  assert.deepEqual([status, leaseMs], ["running", 3_600_000]);
  assert.deepEqual(
    attempts.map(({ n, side, startedMs }) => [n, side, startedMs]),
    [[1, "extracted", T + 1000]],
  );
  assert.equal(await attempt.finish({ outcome: "done", result: { a: 1 } }), true);
  const { leaseMs: none, ...done } = await stored(waiting);
  assert.deepEqual([none, done.status, done.result, done.endedMs], [undefined, "done", { a: 1 }, T + 1000]);
  assert.equal(done.attempts[0]?.outcome, "done");
});

test("nobody begins an execution whose job was edited or handed over since it was read", async () => {
  const waiting = await begun();
  await edited(waiting.job, { owner: "in-process" });
  assert.equal(await attemptsOf("a").begin(waiting), undefined);
  assert.equal((await stored(waiting)).status, "waiting");
});

test("a failed attempt waits to be tried again, as long as there are attempts; a final one does not", async () => {
  const waiting = await begun({ retry: { attempts: 2, backoffMs: 500, maxBackoffMs: 5000 } });
  const error = { code: "error", message: "no" };
  const first = await attemptsOf("a").begin(waiting);
  await first?.finish({ outcome: "failed", error });
  const again = await read(waiting.job.body.id);
  assert.deepEqual([again.execution.body.status, again.execution.body.notBeforeMs], ["waiting", T + 1500]);
  const second = await attemptsOf("b").begin(again);
  assert.deepEqual([second?.n, second?.execution.notBeforeMs], [2, undefined]);
  await second?.finish({ outcome: "timeout", error });
  const { status, attempts } = await stored(waiting);
  assert.deepEqual([status, attempts.map(({ outcome }) => outcome)], ["failed", ["failed", "timeout"]]);
  const other = await begun();
  await (await attemptsOf("a").begin(other))?.finish({ outcome: "failed", error, final: true });
  assert.equal((await stored(other)).status, "failed");
});

test("it renews its lease until it finishes, and leaves checkpoints meanwhile", async () => {
  const waiting = await begun();
  const attempt = (await attemptsOf("a", 30).begin(waiting)) ?? assert.fail();
  const revisions = new Set<string>();
  const { promise, resolve } = Promise.withResolvers<void>();
  const forget = view.onChange((seen) => {
    if (seen.kind === "execution" && seen.document.body.job === attempt.job.id)
      revisions.add(seen.document.revision);
    if (revisions.size > 4) resolve();
  });
  const checkpoints = Array.from({ length: 5 }, (_, n) => attempt.checkpoint(n / 5, { n }));
  await Promise.all([promise, ...checkpoints]);
  forget();
  const left = await testKernel.kernel.get<Checkpoint>(BRANCH, checkpointDocument(attempt.id));
  assert.deepEqual(left?.body, { attempt: 1, progress: 0.8, data: { n: 4 } });
  assert.equal(await attempt.finish({ outcome: "done", result: undefined }), true);
  assert.equal(await attempt.finish({ outcome: "done", result: undefined }), false);
});

test("who was cancelled is told, and can write nothing more", async () => {
  const waiting = await begun();
  const attempt = (await attemptsOf("a").begin(waiting)) ?? assert.fail();
  const { leaseMs: _, ...running } = attempt.execution;
  const cancelled = { ...running, status: "failed", endedMs: T + 2000 } as const;
  await testKernel.kernel.commit({ branch: BRANCH, message: "test", writes: [putExecution(cancelled)] });
  if (!attempt.signal.aborted) await once(attempt.signal, "abort");
  await assert.rejects(attempt.checkpoint(1, null), { code: "ABORTED" });
  assert.equal(await attempt.finish({ outcome: "done", result: undefined }), false);
  assert.equal((await stored(waiting)).status, "failed");
});

const reaperOf = (clock: { ms: number }, side: Owner = "extracted") =>
  new Reaper({ view, commits, side, now: () => T + 9000, monotonic: () => clock.ms });

/** Looks every second. Answers after how many it found something. */
async function untilLost(reaper: Reaper, clock: { ms: number }): Promise<number> {
  for (let seconds = 0; ; seconds += 1) {
    if ((await reaper.look()) > 0) return seconds;
    clock.ms += 1000;
  }
}

/** Begins, and renews no more often than once an hour, whatever the lease. */
async function silent(waiting: Begun, leaseMs: number): Promise<Attempt> {
  const attempt = (await attemptsOf("a").begin(waiting)) ?? assert.fail();
  const writes = [putExecution({ ...attempt.execution, leaseMs })];
  await testKernel.kernel.commit({ branch: BRANCH, message: "test", writes });
  return attempt;
}

test("an attempt that is silent for its lease is lost, and what its process does afterwards counts no more", async () => {
  const waiting = await begun({ retry: { attempts: 2, backoffMs: 0, maxBackoffMs: 0 } });
  const attempt = await silent(waiting, 5000);
  const clock = { ms: 0 };
  assert.equal(await untilLost(reaperOf(clock), clock), 5);
  const { status, attempts, notBeforeMs } = await stored(waiting);
  assert.deepEqual([status, notBeforeMs, attempts[0]?.outcome], ["waiting", T + 9000, "lost"]);
  assert.equal(await attempt.finish({ outcome: "done", result: undefined }), false);
  const second = await attemptsOf("b").begin(await read(waiting.job.body.id));
  assert.equal(second?.n, 2);
  await second?.finish({ outcome: "done", result: undefined });
});

test("one that was heard of meanwhile has its whole lease again", async () => {
  const waiting = await begun();
  const attempt = await silent(waiting, 5000);
  const clock = { ms: 0 };
  const reaper = reaperOf(clock);
  for (clock.ms = 0; clock.ms < 4000; clock.ms += 1000) assert.equal(await reaper.look(), 0);
  const renewed = putExecution({ ...attempt.execution, leaseMs: 5000 });
  await testKernel.kernel.commit({ branch: BRANCH, message: "test", writes: [renewed] });
  assert.equal(await untilLost(reaper, clock), 5);
});

test("what happens once, or in OMS, is not repeated when its attempt was lost", async () => {
  for (const change of [{ effect: "once" }, { owner: "in-process" }] as const) {
    const waiting = await begun(change);
    await silent(waiting, 3000);
    const clock = { ms: 0 };
    assert.equal(await untilLost(reaperOf(clock, waiting.job.body.owner), clock), 3);
    assert.equal((await stored(waiting)).status, "unknown");
  }
});

test("time in which the branch could not be read, or the process did not run, is nobody's silence", async () => {
  const waiting = await begun();
  const attempt = await silent(waiting, 9000);
  const clock = { ms: 0 };
  const broken: { away: boolean } = { away: false };
  const reaper = new Reaper({
    view: {
      busy: () => view.busy(),
      refresh: () => (broken.away ? Promise.reject(new Error("away")) : view.refresh()),
    },
    commits,
    side: "extracted",
    now: () => T + 9000,
    monotonic: () => clock.ms,
  });
  await reaper.look();
  clock.ms += 3_600_000;
  assert.equal(await reaper.look(), 0);
  broken.away = true;
  clock.ms += 3_600_000;
  await assert.rejects(reaper.look());
  broken.away = false;
  for (let looks = 0; looks < 4; looks += 1) {
    assert.equal(await reaper.look(), 0);
    clock.ms += 1500;
  }
  await attempt.finish({ outcome: "done", result: undefined });
});
