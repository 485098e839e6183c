import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { createHttpApp, listenHttp } from "@oms/chassis/http-server.ts";
import type { Logger } from "@oms/chassis/log.ts";
import { createMetrics, type Metrics } from "@oms/chassis/metrics.ts";
import { createReadiness, type Readiness } from "@oms/chassis/readiness.ts";
import { connectKernel, type Kernel } from "@oms/data-kernel/client.ts";
import { Attempts } from "@oms/jobs/attempts.ts";
import { type Checkpoint, checkpointDocument } from "@oms/jobs/execution.ts";
import { readFaults } from "@oms/jobs/faults.ts";
import { GroupCommit } from "@oms/jobs/group-commit.ts";
import { schedulerBranch } from "@oms/jobs/job.ts";
import { unattended } from "@oms/jobs/unattended.ts";
import { JobsView } from "@oms/jobs/view.ts";
import type { WorkerConfig } from "./config.ts";
import { Consumer } from "./consumer.ts";
import { Prefetch } from "./prefetch.ts";
import { openRedis } from "./redis.ts";
import { Pool } from "./sandbox/pool.ts";
import { workerMetrics } from "./worker-metrics.ts";

const SERVICE = "scheduler-worker";
const OPEN_AGAIN_MS = 1000;
const CHILD_TAKES_MS = 10_000;
/** So much more than its grace has what ends to be written down; of a kernel that is away that long nobody waits. */
const WRITTEN_MS = 1000;

export type RunningWorker = {
  readonly port: number;
  readonly stop: () => Promise<void>;
};

/** What every part of the process shares; `opened` is closed from its end. */
type Process = {
  readonly config: WorkerConfig;
  readonly logger: Logger;
  readonly env: NodeJS.ProcessEnv;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly opened: (() => Promise<void> | void)[];
};

/**
 * Takes work once the kernel has told it of the jobs; ready while the kernel and Redis answer and a child stands by.
 * `env` is what its children get their part of.
 */
export async function startWorker(
  config: WorkerConfig,
  logger: Logger,
  env = process.env,
): Promise<RunningWorker> {
  const opened: Process["opened"] = [];
  const readiness = createReadiness();
  const parts = { config, logger, env, metrics: createMetrics(SERVICE), readiness, opened };
  try {
    const { port } = await serve(parts);
    await work(parts);
    return { port, stop: () => closeAll(opened) };
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

async function work(parts: Process): Promise<void> {
  const { config, logger, readiness, opened } = parts;
  const kernel = connectKernel({ address: config.KERNEL_URL, token: config.KERNEL_TOKEN });
  opened.push(() => kernel.close());
  readiness.add("kernel", () => kernel.ready());
  const pool = openPool(parts);
  const view = await openView(parts, kernel);
  const faults = readFaults(config.SCHEDULER_FAULTS);
  const windowMs = config.SCHEDULER_CLAIM_WINDOW_MS;
  const commits = new GroupCommit({ kernel, env: config.OMS_ENV, windowMs, asserting: faults.claims });
  opened.push(() => commits.close());
  const consumer = new Consumer({
    settings: config,
    redis: openedRedis(parts),
    view,
    attempts: attemptsOf(config, { commits, view }),
    pool,
    prefetch: new Prefetch({
      children: config.SCHEDULER_CHILDREN,
      most: config.SCHEDULER_CONCURRENCY,
      windowMs,
    }),
    faults,
    checkpointOf: (execution) => checkpointOf(kernel, config.OMS_ENV, execution),
    metrics: workerMetrics(parts.metrics.registry, pool),
    logger,
  });
  opened.push(() => stopConsumer(consumer, commits, config.SCHEDULER_GRACE_MS));
}

async function stopConsumer(consumer: Consumer, commits: GroupCommit, graceMs: number): Promise<void> {
  const patience = setTimeout(() => void commits.close(), graceMs + WRITTEN_MS);
  await consumer.stop(graceMs);
  clearTimeout(patience);
}

function attemptsOf(config: WorkerConfig, shared: { commits: GroupCommit; view: JobsView }): Attempts {
  const worker = `${hostname()}/${randomUUID().slice(0, 8)}`;
  const leaseMs = config.SCHEDULER_LEASE_MS;
  return new Attempts({ ...shared, side: "extracted", worker, leaseMs, now: Date.now });
}

function openPool({ config, logger, env, readiness, opened }: Process): Pool {
  const pool = new Pool({
    env: { ...env, OMS_ENV: config.OMS_ENV, KERNEL_URL: config.KERNEL_URL },
    heapMb: config.SCHEDULER_CHILD_HEAP_MB,
    residentMb: config.SCHEDULER_CHILD_RESIDENT_MB,
    takesMs: CHILD_TAKES_MS,
    children: config.SCHEDULER_CHILDREN,
    logger,
  });
  opened.push(() => pool.stop());
  readiness.add("children", () => {
    if (pool.ready === 0) throw new Error("no child takes work");
  });
  return pool;
}

/** The kernel may be there later. */
async function openView({ config, logger, opened }: Process, kernel: Kernel): Promise<JobsView> {
  for (;;) {
    try {
      const view = await JobsView.open({ kernel, env: config.OMS_ENV, log: logger });
      opened.push(() => view.close());
      return view;
    } catch (err) {
      logger.warn({ err }, "the jobs cannot be read yet");
      await delay(OPEN_AGAIN_MS);
    }
  }
}

function openedRedis({ config, logger, readiness, opened }: Process) {
  const redis = openRedis(config, "waiting", logger);
  opened.push(() => redis.disconnect());
  readiness.add("redis", () => {
    if (redis.status !== "ready") throw new Error("Redis is away");
  });
  return redis;
}

async function checkpointOf(kernel: Kernel, env: string, execution: string) {
  const read = () => kernel.get<Checkpoint>(schedulerBranch(env), checkpointDocument(execution));
  return (await unattended(read))?.body.data;
}

async function serve({ config, opened, env: _, ...parts }: Process): Promise<{ port: number }> {
  const shared = { ...parts, service: SERVICE, host: config.HOST, build: config.OMS_BUILD };
  const app = createHttpApp({ ...shared, edge: "internal" }, () => {});
  const http = await listenHttp(app, { host: config.HOST, port: config.PORT });
  opened.push(() => http.stop());
  return { port: http.port };
}

async function closeAll(opened: Process["opened"]): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}
