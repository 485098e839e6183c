import type { Change } from "@oms/data-kernel/client.ts";
import type { AttemptRecord, SkipReason, Status } from "./execution.ts";
import type { Job, Misfire, Overlap, Owner, Schedule } from "./job.ts";
import type { Json, JsonObject } from "./json.ts";

/**
 * What OMS asks of scheduling; both sides implement it. Errors are ServiceErrors with the offending field
 * (`schedule.expression`, `dependsOn[1]`, `id`). Any side may serve an edit; only the job's owner fires. Writes are
 * idempotent by the call's key.
 */
export type Scheduler = {
  /** ALREADY_EXISTS on `id` for a job that is there and not cancelled. */
  readonly register: (request: JobSpec) => Promise<JobReply>;
  /** What is absent stays. ABORTED on `revision` when the job is at another. */
  readonly update: (request: JobUpdate) => Promise<JobReply>;
  /** No further tick; what waits is skipped, what runs is stopped. */
  readonly cancel: (request: JobName) => Promise<JobReply>;
  /** Ticks of a paused job are not planned, and not caught up with. */
  readonly pause: (request: JobName) => Promise<JobReply>;
  readonly resume: (request: JobName) => Promise<JobReply>;
  readonly runNow: (request: JobName) => Promise<ExecutionReply>;
  readonly get: (request: JobName) => Promise<JobReply>;
  readonly list: (request: ListRequest) => Promise<ListReply>;
  readonly execution: (request: ExecutionName) => Promise<ExecutionReply>;
  /** Newest first. */
  readonly executions: (request: HistoryRequest) => Promise<HistoryReply>;
  /** What this side's timers fired, or, of jobs it does not own, would have fired, in [fromMs, toMs). */
  readonly fires: (request: FiresRequest) => Promise<FiresReply>;
};

/** `anchorMs` absent: a phase derived from the job's id, so that equal periods do not meet. `zone` absent: UTC. */
export type ScheduleSpec =
  | { readonly kind: "cron"; readonly expression: string; readonly zone?: string }
  | { readonly kind: "interval"; readonly everyMs: number; readonly anchorMs?: number }
  | Extract<Schedule, { readonly kind: "once" | "manual" }>;

export type JobSpec = {
  readonly id: string;
  readonly type: string;
  readonly payload?: JsonObject;
  readonly schedule: ScheduleSpec;
  readonly priority?: number;
  readonly dependsOn?: readonly string[];
  readonly retry?: Partial<Job["retry"]>;
  readonly timeoutMs?: number;
  readonly overlap?: Overlap;
  readonly misfire?: Misfire;
  readonly effect?: Job["effect"];
  readonly tags?: readonly string[];
  readonly keep?: number;
};
export type JobUpdate = Partial<JobSpec> & JobName & { readonly revision?: string };
export type JobName = { readonly id: string };
/** `<job>/<tick>`. */
export type ExecutionName = { readonly id: string };

/** What a compared call says beside its answer: the kernel's diff, and when the job fires next (at most 50 times). */
export type Evidence = { readonly changes: readonly Change[]; readonly fires: readonly number[] };

export type JobReply = {
  readonly job: Job;
  readonly revision: string;
  /** The next planned times, three at most; none of a job that is not active. */
  readonly next: readonly number[];
  readonly evidence?: Evidence;
};

export type ListRequest = {
  readonly tag?: string;
  readonly type?: string;
  /** 1 to 1000, absent: 100. */
  readonly pageSize?: number;
  readonly pageToken?: string;
};
export type ListReply = { readonly jobs: readonly JobReply[]; readonly nextPageToken?: string };

export type ExecutionView = {
  readonly id: string;
  readonly job: string;
  readonly plannedMs: number;
  readonly claimedBy: Owner;
  readonly claimedMs: number;
  readonly status: Status;
  readonly reason?: SkipReason;
  readonly attempts: readonly AttemptRecord[];
  readonly notBeforeMs?: number;
  readonly endedMs?: number;
  readonly result?: Json;
  /** 0 to 1; absent before the first checkpoint, and in lists. */
  readonly progress?: number;
};
export type ExecutionReply = { readonly execution: ExecutionView; readonly evidence?: Evidence };
export type HistoryRequest = {
  readonly job: string;
  readonly pageSize?: number;
  readonly pageToken?: string;
};
export type HistoryReply = {
  readonly executions: readonly ExecutionView[];
  readonly nextPageToken?: string;
};

export type FiresRequest = { readonly fromMs: number; readonly toMs: number };
export type Fire = { readonly job: string; readonly atMs: number; readonly decision: "fire" | SkipReason };
/** By job, then time. The record is complete from `sinceMs` on; a comparison of earlier times says nothing. */
export type FiresReply = { readonly sinceMs: number; readonly fires: readonly Fire[] };
