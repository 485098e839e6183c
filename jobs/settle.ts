import type { Doc, Precondition, Write } from "@oms/data-kernel/client.ts";
import { type Claimer, claimsOf } from "./claims.ts";
import type { Execution } from "./execution.ts";
import type { Job } from "./job.ts";
import { isLive, plannedTick } from "./job-state.ts";
import { afterOutcome } from "./outcome.ts";
import { plan } from "./plan.ts";
import { nextTick } from "./schedule/planned.ts";
import { putExecution, unchanged, unclaimed } from "./writes.ts";

/** What an edit commits beside the job. */
export type Settlement = {
  readonly writes: readonly Write[];
  readonly preconditions: readonly Precondition[];
  /** Every tick of the job as it was, up to here, has its execution: the floor of the job as it becomes. */
  readonly upToMs: number;
  /** It does not reach `nowMs` yet: these are to be committed by themselves, and the rest settled afterwards. */
  readonly partial: boolean;
};

/** A job as it was read, and every execution there is of it. */
export type Before = { readonly job: Job; readonly executions: readonly Doc<Execution>[] };

/** Of a commit's writes; a job of every second is that far behind after a night. */
const MOST_TICKS = 50_000;

/**
 * Claims what a job's schedule had planned and nobody has claimed, before the job is changed. `cancelling`: none of it
 * begins, and what has begun ends.
 */
export function settle({ job, executions }: Before, claimer: Claimer, cancelling: boolean): Settlement {
  const { nowMs } = claimer;
  const ticks = executions.map(({ body }) => plannedTick(body.tick) ?? 0);
  const afterMs = ticks.reduce((newest, tick) => Math.max(newest, tick), job.floorMs);
  const live = executions.filter(({ body }) => isLive(body));
  const planned = plan(job, { afterMs, nowMs, live: live.length > 0, limit: MOST_TICKS });
  const claims = claimsOf(job, planned, claimer);
  const partial = planned.length === MOST_TICKS;
  const ends = cancelling && !partial ? live : [];
  const upToMs = Math.max(afterMs, nowMs);
  return {
    writes: [
      ...claims.map((claim) => putExecution(cancelling ? cancelled(claim, job, nowMs) : claim)),
      ...ends.map(({ body }) => putExecution(cancelled(body, job, nowMs))),
    ],
    preconditions: [...claims.map(unclaimed), ...ends.map(unchanged), ...nothingBeyond(job, upToMs)],
    upToMs,
    partial,
  };
}

function cancelled(execution: Execution, job: Job, nowMs: number): Execution {
  if (execution.status === "running")
    return afterOutcome(execution, { outcome: "cancelled" }, { job, nowMs });
  if (execution.status !== "waiting") return execution;
  const { notBeforeMs: _, ...rest } = execution;
  return { ...rest, status: "skipped", reason: "cancelled", endedMs: nowMs };
}

/**
 * Nobody has claimed meanwhile what comes after the floor that is to be: by a clock that is ahead of this one, or because
 * this commit took its time. Ticks are claimed in order, so the next one stands for all.
 */
function nothingBeyond(job: Job, upToMs: number): Precondition[] {
  const next = job.state === "active" ? nextTick(job.schedule, upToMs) : undefined;
  return next === undefined ? [] : [unclaimed({ job: job.id, tick: String(next) })];
}
