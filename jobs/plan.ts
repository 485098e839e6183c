import type { SkipReason } from "./execution.ts";
import type { Job } from "./job.ts";
import { ticksBetween } from "./schedule/planned.ts";

/** Later than this a tick has misfired. */
export const LATE_MS = 60_000;

export type PlannedTick = {
  readonly atMs: number;
  /** `fire`: its execution is created `waiting`; else `skipped` for this reason. */
  readonly decision: "fire" | Extract<SkipReason, "misfire" | "overlap">;
};

export type Round = {
  /** The last claimed tick of the job, or its floor. */
  readonly afterMs: number;
  readonly nowMs: number;
  /** An execution of the job waits or runs. */
  readonly live: boolean;
  /** At most so many ticks, the earliest ones. */
  readonly limit: number;
};

/** What becomes of the ticks of `job` that are due and not claimed: each of them once, ascending. */
export function plan(job: Job, { afterMs, nowMs, live, limit }: Round): readonly PlannedTick[] {
  if (job.state !== "active") return [];
  const from = Math.max(afterMs, job.floorMs);
  // One more than is decided tells whether the last one is the latest that misfired.
  const due = ticksBetween(job.schedule, { afterMs: from, upToMs: nowMs, limit: limit + 1 });
  const latestMisfired = due.findLast((atMs) => misfired(atMs, nowMs));
  let occupied = live;
  return due.slice(0, limit).map((atMs): PlannedTick => {
    const lost = misfired(atMs, nowMs) && !firesLate(job.misfire, atMs === latestMisfired);
    if (lost) return { atMs, decision: "misfire" };
    if (job.overlap === "skip" && occupied) return { atMs, decision: "overlap" };
    occupied = true;
    return { atMs, decision: "fire" };
  });
}

function misfired(atMs: number, nowMs: number): boolean {
  return nowMs - atMs > LATE_MS;
}

function firesLate(policy: Job["misfire"], latest: boolean): boolean {
  return policy === "fire-all" || (policy === "fire-once" && latest);
}
