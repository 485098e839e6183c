import type { Kernel } from "@oms/data-kernel/client.ts";
import type { ZodType } from "zod";
import type { Json } from "./json.ts";

/** One attempt, as the code that does the work sees it. */
export type Task<P> = {
  /** Of the execution: `<job>/<tick>`; the key of kernel commits, and what effects elsewhere carry. */
  readonly id: string;
  readonly job: string;
  readonly attempt: number;
  readonly plannedMs: number;
  readonly payload: P;
  /** What the last attempt that left a checkpoint left. */
  readonly checkpoint: Json | undefined;
};

export type Tools = {
  readonly kernel: Kernel;
  /** First part of every kernel branch. */
  readonly env: string;
  /** Aborted at the timeout, on cancellation, and when the lease is lost. */
  readonly signal: AbortSignal;
  /** `progress` 0 to 1, `data` at most 1 MiB as JSON. Rejects when the attempt is no longer the execution's. */
  readonly checkpoint: (progress: number, data: Json) => Promise<void>;
};

/**
 * What does the work of one type of job. What it throws fails the attempt; a FinalFailure (failure.ts) is the last one.
 * Kernel commits within `run` have the key `task.id`, unless they bring their own.
 */
export type Executor<P = unknown> = {
  readonly type: string;
  /** What a payload must be; looked at when a job is registered and before each attempt. */
  readonly payload: ZodType<P>;
  /** What it resolves with is the execution's result: JSON of at most 256 KiB, or nothing. */
  run(task: Task<P>, tools: Tools): Promise<Json | undefined>;
};
