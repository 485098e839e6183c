import type { Logger } from "@oms/chassis/log.ts";
import type { Doc } from "@oms/data-kernel/client.ts";
import type { Attempt, AttemptsPort, Begun } from "@oms/jobs/attempts.ts";
import type { Execution } from "@oms/jobs/execution.ts";
import type { Faults } from "@oms/jobs/faults.ts";
import type { JobsView } from "@oms/jobs/view.ts";
import { Worker } from "bullmq";
import type { Redis } from "ioredis";
import type { RedisSettings } from "./config.ts";
import { Outage } from "./outage.ts";
import type { Prefetch } from "./prefetch.ts";
import { type Carried, carried, QUEUE, queuePrefix } from "./queue.ts";
import { type RunParts, runAttempt } from "./run-attempt.ts";
import type { WorkerMetrics } from "./worker-metrics.ts";

export type ConsumerParts = Omit<RunParts, "stopping" | "ran"> & {
  readonly settings: RedisSettings;
  readonly redis: Redis;
  readonly view: Pick<JobsView, "get" | "refresh">;
  readonly attempts: AttemptsPort;
  readonly prefetch: Prefetch;
  readonly faults: Faults;
  readonly metrics: WorkerMetrics;
  readonly logger: Logger;
};

/**
 * A queue job whose worker died goes back to the queue after the lock has run out. All it tells is an execution that
 * may begin: one that has begun is not begun again.
 */
const LOCK_MS = 5000;
const STALLED_MS = 2000;
/** Under the connection's own patience with a silent server. */
const BLOCK_S = 2;
const RETRY_MS = 500;

/** Takes executions from the queue, and makes their attempts. */
export class Consumer {
  readonly #parts: ConsumerParts;
  readonly #worker: Worker<Carried>;
  readonly #stopping = new AbortController();

  constructor(parts: ConsumerParts) {
    this.#parts = parts;
    this.#worker = new Worker<Carried>(QUEUE, (job) => this.#carry(job.data), {
      connection: parts.redis,
      prefix: queuePrefix(parts.settings),
      concurrency: parts.prefetch.limit,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_MS,
      maxStalledCount: 1000,
      drainDelay: BLOCK_S,
      runRetryDelay: RETRY_MS,
      skipVersionCheck: true,
    });
    const outage = new Outage(parts.logger, "the queue");
    this.#worker.on("error", outage.seen);
    for (const event of ["active", "drained"] as const) this.#worker.on(event, outage.over);
  }

  /** Takes nothing more; what runs has `graceMs` to end, and is given back then. */
  async stop(graceMs: number): Promise<void> {
    const over = setTimeout(() => this.#stopping.abort(), graceMs);
    await this.#worker.close();
    clearTimeout(over);
  }

  /** What it throws, the queue forgets with its job: the branch knows what still waits. */
  async #carry(data: unknown): Promise<void> {
    const attempt = await this.#begin(carried.parse(data));
    if (attempt) await this.#make(attempt);
  }

  /** Undefined when that attempt is no longer to be begun. */
  async #begin(cargo: Carried): Promise<Attempt | undefined> {
    const { attempts, view } = this.#parts;
    const known = this.#find(cargo);
    const attempt = known && (await attempts.begin(known));
    if (attempt) return attempt;
    // It may have been claimed, or its job edited, after what is known here.
    await view.refresh();
    const now = this.#find(cargo);
    return now && attempts.begin(now);
  }

  #find({ job, tick, attempt }: Carried): Begun | undefined {
    const state = this.#parts.view.get(job);
    const execution = state?.live.get(tick);
    return state && execution && isNext(execution, attempt) ? { execution, job: state.doc } : undefined;
  }

  readonly #ran = (ms: number): void => {
    this.#parts.prefetch.took(ms);
    this.#worker.concurrency = this.#parts.prefetch.limit;
  };

  async #make(attempt: Attempt): Promise<void> {
    const { faults, metrics } = this.#parts;
    const startedMs = performance.now();
    const stopping = this.#stopping.signal;
    const outcome = await runAttempt(attempt, { ...this.#parts, stopping, ran: this.#ran });
    faults.at("after-effect");
    faults.at("before-result");
    const kept = outcome !== undefined && (await attempt.finish(outcome));
    const ended = kept ? outcome.outcome : "gone";
    metrics.ended(attempt.job.type, ended, (performance.now() - startedMs) / 1000);
  }
}

function isNext({ body: { status, attempts } }: Doc<Execution>, attempt: number): boolean {
  return status === "waiting" && attempts.length + 1 === attempt;
}
