import type { JsonObject } from "./json.ts";

/** Who keeps a job's time: the module inside OMS, or the service it became. */
export type Owner = "in-process" | "extracted";

export type Schedule =
  /** 5 fields, or 6 with seconds first; `zone` is an IANA name. */
  | { readonly kind: "cron"; readonly expression: string; readonly zone: string }
  /** anchorMs + n · everyMs, whenever it was registered. */
  | { readonly kind: "interval"; readonly everyMs: number; readonly anchorMs: number }
  | { readonly kind: "once"; readonly atMs: number }
  /** Runs when somebody asks. */
  | { readonly kind: "manual" };

/** What happens to a tick while an earlier execution has not ended. */
export type Overlap = "allow" | "skip" | "queue";
/** What happens to ticks that nobody claimed for over 60 s; under that they are late, and fire. */
export type Misfire = "skip" | "fire-once" | "fire-all";

/** The document `Job/<id>` of kernel type `Job` on `<env>/scheduler/main`: the truth about a job. Times are Unix milliseconds. */
export type Job = {
  readonly id: string;
  /** An executor's name. */
  readonly type: string;
  readonly payload: JsonObject;
  readonly schedule: Schedule;
  /** Only its timers fire. */
  readonly owner: Owner;
  readonly state: "active" | "paused" | "cancelled";
  /** 0, the least, to 9. */
  readonly priority: number;
  /** Ids of jobs: an execution begins when the last one of each of them has ended `done`. */
  readonly dependsOn: readonly string[];
  /** Attempt n+1 waits min(maxBackoffMs, backoffMs · 2^(n-1)). */
  readonly retry: { readonly attempts: number; readonly backoffMs: number; readonly maxBackoffMs: number };
  /** Of one attempt. */
  readonly timeoutMs: number;
  readonly overlap: Overlap;
  readonly misfire: Misfire;
  /** `once`: no attempt is repeated; an execution whose end nobody knows becomes `unknown`. */
  readonly effect: "idempotent" | "once";
  readonly tags: readonly string[];
  /** Ended executions that are kept at least. */
  readonly keep: number;
  /** Ticks at or below it are settled: none of them is claimed any more. Never falls. */
  readonly floorMs: number;
  readonly createdMs: number;
};

export const JOB = "Job";
export const EXECUTION = "Execution";
export const CHECKPOINT = "Checkpoint";

export function schedulerBranch(env: string): string {
  return `${env}/scheduler/main`;
}

export function jobDocument(id: string): string {
  return `${JOB}/${id}`;
}
