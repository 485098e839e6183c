import type { AttemptRecord, Execution, Problem, Status } from "./execution.ts";
import type { Job } from "./job.ts";
import type { Json } from "./json.ts";
import { afterFailure, afterLoss, type Next } from "./retry.ts";

/** How an attempt ended. `final`: another one would fail as well. */
export type Outcome =
  | { readonly outcome: "done"; readonly result: Json | undefined }
  | { readonly outcome: "failed" | "timeout"; readonly error: Problem; readonly final?: boolean }
  /** Its lease ran out; or its process gives it back, and says why. `unbegun`: nobody had begun the work. */
  | { readonly outcome: "lost"; readonly error?: Problem; readonly unbegun?: true }
  | { readonly outcome: "cancelled" };

/** A running execution after its attempt ended, as `job` says now; it waits where it is to be tried again. */
export function afterOutcome(
  execution: Execution,
  outcome: Outcome,
  { job, nowMs }: { readonly job: Job; readonly nowMs: number },
): Execution {
  const { leaseMs: _, ...rest } = execution;
  const attempts = ended(execution.attempts, outcome, nowMs);
  const next = nextOf(job, { n: attempts.length, outcome, nowMs });
  if (next.status === "waiting") return { ...rest, ...next, attempts };
  const result = outcome.outcome === "done" && outcome.result !== undefined && { result: outcome.result };
  return { ...rest, ...next, attempts, endedMs: nowMs, ...result };
}

function ended(attempts: readonly AttemptRecord[], outcome: Outcome, nowMs: number): AttemptRecord[] {
  const error = "error" in outcome && outcome.error && { error: outcome.error };
  return attempts.map((attempt, index) =>
    index === attempts.length - 1
      ? { ...attempt, endedMs: nowMs, outcome: outcome.outcome, ...error }
      : attempt,
  );
}

type After = { readonly n: number; readonly outcome: Outcome; readonly nowMs: number };

function nextOf(job: Job, { n, outcome, nowMs }: After): Next | { readonly status: Status & "done" } {
  switch (outcome.outcome) {
    case "done":
      return { status: "done" };
    case "cancelled":
      return { status: "failed" };
    case "lost":
      return outcome.unbegun ? { status: "waiting", notBeforeMs: nowMs } : afterLoss(job, n, nowMs);
    default:
      return afterFailure(job, { n, outcome: outcome.outcome, final: outcome.final === true }, nowMs);
  }
}
