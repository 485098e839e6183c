import { CHECKPOINT, EXECUTION, type Owner } from "./job.ts";
import type { Json } from "./json.ts";

/**
 * `waiting`: claimed, and begins when it may; `running`: an attempt has a lease; the rest is for good. `unknown`: an
 * attempt of a job that must not be repeated was lost, and nobody can tell whether it had its effect.
 */
export type Status = "waiting" | "running" | "done" | "failed" | "skipped" | "unknown";

export type SkipReason = "misfire" | "overlap" | "dependency" | "cancelled";

export type Problem = { readonly code: string; readonly message: string };

export type AttemptRecord = {
  /** From 1. */
  readonly n: number;
  readonly side: Owner;
  /** The process that has it. */
  readonly worker: string;
  readonly startedMs: number;
  readonly endedMs?: number;
  /** `lost`: its lease ran out; or, with an `error`, its process gave it back. */
  readonly outcome?: "done" | "failed" | "timeout" | "lost" | "cancelled";
  readonly error?: Problem;
};

/**
 * The document `Execution/<job>/<tick>` of kernel type `Execution`: `tick` is the planned time in Unix milliseconds, or
 * `run-<key>` of a run-now. Its creation is the claim of the tick.
 */
export type Execution = {
  readonly job: string;
  readonly tick: string;
  /** Of a run-now: when it was asked for. */
  readonly plannedMs: number;
  readonly claimedBy: Owner;
  readonly claimedMs: number;
  readonly status: Status;
  readonly reason?: SkipReason;
  /** Oldest first; the last one is the attempt that runs. */
  readonly attempts: readonly AttemptRecord[];
  /** Of a waiting one that is to be tried again: not before. */
  readonly notBeforeMs?: number;
  /**
   * Of a running one: how long the attempt may leave this document untouched. A lease is watched, not read: it has run
   * out when one and the same process has seen one and the same revision for that long, by a clock that cannot be set.
   */
  readonly leaseMs?: number;
  readonly endedMs?: number;
  readonly result?: Json;
};

/** The document `Checkpoint/<job>/<tick>`: what an attempt left for the next one. */
export type Checkpoint = {
  readonly attempt: number;
  /** 0 to 1. */
  readonly progress: number;
  readonly data: Json;
};

/** How callers name an execution, and the key of what it does: `<job>/<tick>`. */
export function executionId({ job, tick }: Pick<Execution, "job" | "tick">): string {
  return `${job}/${tick}`;
}

export function executionDocument(id: string): string {
  return `${EXECUTION}/${id}`;
}

export function checkpointDocument(id: string): string {
  return `${CHECKPOINT}/${id}`;
}
