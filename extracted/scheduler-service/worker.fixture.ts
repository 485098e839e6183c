import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createLogger } from "@oms/chassis/log.ts";
import { connectKernel, type Kernel } from "@oms/data-kernel/client.ts";
import {
  type Checkpoint,
  checkpointDocument,
  type Execution,
  executionDocument,
} from "@oms/jobs/execution.ts";
import { EXECUTION, JOB, type Job, jobDocument, schedulerBranch } from "@oms/jobs/job.ts";
import type { JobSpec } from "@oms/jobs/port.ts";
import { jobFrom } from "@oms/jobs/validate.ts";
import type { Queue } from "bullmq";
import { workerConfig } from "./config.ts";
import { startKernelProcess } from "./process.fixture.ts";
import { type Carried, openQueue, queueJob } from "./queue.ts";
import { settingsOf, startRedis } from "./redis.fixture.ts";
import { openRedis } from "./redis.ts";
import { type RunningWorker, startWorker } from "./worker.ts";

const ENV = "test";
const BRANCH = schedulerBranch(ENV);

export type Bench = Awaited<ReturnType<typeof openBench>>;

/** A kernel, a Redis and its queue, and what an api would do with them: jobs, claims, and executions in the queue. */
export async function openBench() {
  const server = await startKernelProcess();
  const redisServer = await startRedis();
  const kernel = connectKernel({ address: server.address });
  const redis = openRedis(settingsOf(redisServer), "asking", createLogger("test", "silent"));
  if (redis.status !== "ready") await new Promise((resolve) => redis.once("ready", resolve));
  const queue = openQueue(settingsOf(redisServer), redis);
  await kernel.createBranch({ name: BRANCH });
  const settings = {
    OMS_ENV: ENV,
    KERNEL_URL: server.address,
    REDIS_URL: redisServer.url,
    SCHEDULER_EXECUTORS: join(import.meta.dirname, "sandbox/misbehaving.fixture.ts"),
  };
  return {
    kernel,
    redis,
    queue,
    redisServer,
    kernelServer: server.child,
    settings,
    work: (env: Readonly<Record<string, string>> = {}) => workerOf({ ...settings, ...env }),
    register: (spec: Partial<JobSpec> & Pick<JobSpec, "id">) => register(kernel, spec),
    claim: (job: Job, count = 1) => claim({ kernel, queue }, job, count),
    carry: (execution: Execution) => carry(queue, execution),
    cancel: (execution: Execution) => cancel(kernel, execution),
    execution: (id: string) => executionOf(kernel, id),
    checkpoint: (id: string) => checkpointOf(kernel, id),
    untilCheckpoint: async (id: string) => {
      while (!(await checkpointOf(kernel, id))) await delay(25);
    },
    until: (id: string, holds: (execution: Execution) => boolean) => until(kernel, id, holds),
    async stop() {
      await queue.close();
      redis.disconnect();
      kernel.close();
      await redisServer.stop();
      await server.stop();
    },
  };
}

/** A worker in this process, with two children and short leases unless `env` says otherwise. */
async function workerOf(env: Readonly<Record<string, string>>): Promise<RunningWorker> {
  const config = workerConfig.parse({
    PORT: "0",
    SCHEDULER_CHILDREN: "2",
    SCHEDULER_LEASE_MS: "2000",
    SCHEDULER_CHILD_HEAP_MB: "64",
    SCHEDULER_CHILD_RESIDENT_MB: "400",
    ...env,
  });
  const { KERNEL_TOKEN: _, ...inherited } = process.env;
  return startWorker(config, createLogger("worker", "silent"), { ...inherited, ...env });
}

async function register(kernel: Kernel, spec: Partial<JobSpec> & Pick<JobSpec, "id">): Promise<Job> {
  const whole = {
    type: "say-who",
    schedule: { kind: "interval", everyMs: 1 },
    overlap: "allow",
    retry: { attempts: 3, backoffMs: 1, maxBackoffMs: 1 },
    ...spec,
  } as const;
  // Its past ticks are there to be claimed.
  const job = jobFrom(whole, { owner: "extracted", nowMs: Date.now() - 3_600_000 });
  const put = { id: jobDocument(job.id), type: JOB, body: job };
  await kernel.commit({ branch: BRANCH, message: "register", writes: [{ put }] });
  return job;
}

type Places = { readonly kernel: Kernel; readonly queue: Queue<Carried> };

/** Claims `count` ticks of a job and puts them into the queue; their ids. */
async function claim({ kernel, queue }: Places, job: Job, count: number): Promise<string[]> {
  const nowMs = Date.now();
  const executions = Array.from({ length: count }, (_, n): Execution => {
    const plannedMs = nowMs - count + n;
    const claimed = { claimedBy: "extracted", claimedMs: nowMs } as const;
    return { job: job.id, tick: `${plannedMs}`, plannedMs, ...claimed, status: "waiting", attempts: [] };
  });
  const ids = executions.map(({ tick }) => `${job.id}/${tick}`);
  const writes = executions.map((body, n) => ({
    put: { id: executionDocument(ids[n] ?? ""), type: EXECUTION, body },
  }));
  await kernel.commit({ branch: BRANCH, message: "claim", writes });
  const { type, priority } = job;
  await queue.addBulk(
    executions.map(({ tick }) => queueJob({ job: job.id, tick, attempt: 1, type, priority })),
  );
  return ids;
}

/** Puts the next attempt of a waiting execution into the queue. */
async function carry(queue: Queue<Carried>, { job, tick, attempts }: Execution): Promise<void> {
  const { name, data, opts } = queueJob({
    job,
    tick,
    attempt: attempts.length + 1,
    type: "any",
    priority: 5,
  });
  await queue.add(name, data, opts);
}

/** As an edit of its job ends a running execution. */
async function cancel(kernel: Kernel, running: Execution): Promise<Execution> {
  const endedMs = Date.now();
  const attempts = running.attempts.map((each) => ({ ...each, endedMs, outcome: "cancelled" as const }));
  const cancelled: Execution = { ...running, attempts, status: "skipped", reason: "cancelled", endedMs };
  const id = executionDocument(`${running.job}/${running.tick}`);
  const put = { id, type: EXECUTION, body: cancelled };
  await kernel.commit({ branch: BRANCH, message: "cancel", writes: [{ put }] });
  return cancelled;
}

async function executionOf(kernel: Kernel, id: string): Promise<Execution> {
  const document = await kernel.get<Execution>(BRANCH, executionDocument(id));
  if (!document) throw new Error(`there is no execution ${id}`);
  return document.body;
}

async function checkpointOf(kernel: Kernel, id: string): Promise<Checkpoint | undefined> {
  return (await kernel.get<Checkpoint>(BRANCH, checkpointDocument(id)))?.body;
}

/** Resolves with the execution once it is so, however slow the machine is. */
async function until(kernel: Kernel, id: string, holds: (execution: Execution) => boolean) {
  for (;;) {
    const execution = await executionOf(kernel, id);
    if (holds(execution)) return execution;
    await delay(25);
  }
}
