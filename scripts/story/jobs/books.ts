import type { Schedule } from "@oms/jobs/job.ts";
import type { Entry } from "../audit.ts";

/** What a job left in the story's file the moment its work began. */
export type Line = {
  readonly job: string;
  readonly tick: string;
  readonly attempt: number;
  readonly startMs: number;
  readonly pid: number;
};

/** All that is known of what jobs did. */
export type Books = {
  /** Every commit of the scheduler's branch, oldest first. */
  readonly log: readonly Entry[];
  readonly lines: readonly Line[];
  /** The key of every commit to the branch that the jobs' effects in the kernel go to. */
  readonly effects: readonly string[];
  /** Up to where the plan is looked at. */
  readonly untilMs: number;
  /** When a schedule is planned, in (afterMs, upToMs]. */
  readonly ticks: (schedule: Schedule, span: { afterMs: number; upToMs: number }) => readonly number[];
};

/** One way in which the books do not agree. */
export type Finding = {
  readonly rule:
    | "missed"
    | "unplanned"
    | "doubled"
    | "rewritten"
    | "early"
    | "retried"
    | "unbegun"
    | "without effect"
    | "without end"
    | "wrongly skipped";
  /** `<job>/<tick>` */
  readonly execution: string;
  readonly text: string;
};
