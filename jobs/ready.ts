import type { Execution, Status } from "./execution.ts";
import type { Job } from "./job.ts";

/** `skip`: it ends as skipped(dependency). */
export type Readiness = "begin" | "wait" | "skip";

/** How a job stands that another one depends on. */
export type Standing = {
  /** One of its executions waits or runs. */
  readonly live: boolean;
  /** How the last one ended (see `lastOutcome`); absent: it never ran. */
  readonly last?: Status | undefined;
};

export type Circumstances = {
  readonly nowMs: number;
  /** An execution of the same job comes before this one (see `inOrder`), and waits or runs. */
  readonly earlierLive: boolean;
  /** In the order of `dependsOn`. */
  readonly dependencies: readonly Standing[];
};

/**
 * Whether a waiting execution may begin. Dependencies count before its first attempt: a run that has begun is repeated
 * whatever has become of them since.
 */
export function readiness(
  job: Pick<Job, "overlap">,
  execution: Pick<Execution, "attempts" | "notBeforeMs">,
  { nowMs, earlierLive, dependencies }: Circumstances,
): Readiness {
  const depends = execution.attempts.length === 0 ? dependencies.map(permission) : [];
  if (depends.includes("skip")) return "skip";
  const tooEarly = execution.notBeforeMs !== undefined && nowMs < execution.notBeforeMs;
  const held = earlierLive && job.overlap !== "allow";
  return tooEarly || held || depends.includes("wait") ? "wait" : "begin";
}

function permission({ live, last }: Standing): Readiness {
  if (live || last === undefined) return "wait";
  return last === "done" ? "begin" : "skip";
}

/** True while an execution waits or runs. */
export function isLive({ status }: Pick<Execution, "status">): boolean {
  return status === "waiting" || status === "running";
}

/** Negative when `a` comes before `b`; both of one job. */
export function inOrder(a: Execution, b: Execution): number {
  return a.plannedMs - b.plannedMs || (a.tick < b.tick ? -1 : Number(a.tick > b.tick));
}

/**
 * How a job's last execution ended, as its dependents see it. A tick that was skipped for its lateness or an overlap
 * says nothing of the work, so the one before it counts.
 */
export function lastOutcome(executions: readonly Execution[]): Status | undefined {
  return executions.filter(saysSomething).sort(inOrder).at(-1)?.status;
}

function saysSomething(execution: Execution): boolean {
  return !isLive(execution) && execution.reason !== "misfire" && execution.reason !== "overlap";
}
