import type { Doc } from "@oms/data-kernel/client.ts";
import type { Execution, SkipReason, Status } from "./execution.ts";
import type { Job } from "./job.ts";

/** How an execution ended that dependants look at. */
export type Ended = {
  readonly status: Status;
  readonly reason?: SkipReason;
  readonly endedMs: number;
};

/** What the branch says of a job and its executions. */
export type JobState = {
  readonly doc: Doc<Job>;
  /** Every planned tick up to here has its execution, or is settled: the newest claimed tick, at least the floor. */
  readonly claimedMs: number;
  /** Waiting and running executions, by tick. */
  readonly live: ReadonlyMap<string, Doc<Execution>>;
  /** The one that ended last, misfires and overlaps aside. */
  readonly lastEnded: Ended | undefined;
  /** How many ended executions there are. */
  readonly ended: number;
  /** When each execution ended that failed for good, or whose end nobody knows; by tick. */
  readonly dead: ReadonlyMap<string, number>;
};

const PLANNED = /^\d+$/;

/** The planned time of a tick; undefined for a run-now. */
export function plannedTick(tick: string): number | undefined {
  return PLANNED.test(tick) ? Number(tick) : undefined;
}

export function isLive({ status }: Pick<Execution, "status">): boolean {
  return status === "waiting" || status === "running";
}

/** It failed for good, or nobody knows how it ended: somebody should look at it. */
export function isDead({ status }: Pick<Execution, "status">): boolean {
  return status === "failed" || status === "unknown";
}

/** The state as documents come. */
export class GrowingState implements JobState {
  doc: Doc<Job>;
  claimedMs: number;
  readonly live = new Map<string, Doc<Execution>>();
  lastEnded: Ended | undefined;
  ended = 0;
  readonly dead = new Map<string, number>();

  constructor(doc: Doc<Job>) {
    this.doc = doc;
    this.claimedMs = doc.body.floorMs;
  }

  putJob(doc: Doc<Job>): void {
    this.doc = doc;
    this.claimedMs = Math.max(this.claimedMs, doc.body.floorMs);
  }

  /** `created`: it was not there before. An ended one is put once. */
  putExecution(doc: Doc<Execution>): void {
    const { tick, status, reason, endedMs } = doc.body;
    this.claimedMs = Math.max(this.claimedMs, plannedTick(tick) ?? 0);
    if (isLive(doc.body)) {
      this.live.set(tick, doc);
      return;
    }
    this.live.delete(tick);
    this.ended += 1;
    if (isDead(doc.body)) this.dead.set(tick, endedMs ?? 0);
    if (reason === "misfire" || reason === "overlap" || endedMs === undefined) return;
    if (this.lastEnded && endedMs < this.lastEnded.endedMs) return;
    this.lastEnded = { status, endedMs, ...(reason !== undefined && { reason }) };
  }

  deleteExecution({ tick, ...execution }: Execution): void {
    if (isLive(execution)) this.live.delete(tick);
    else this.ended -= 1;
    this.dead.delete(tick);
  }
}
