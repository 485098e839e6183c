import type { Job } from "./job.ts";

/** What an execution becomes when an attempt has not done it. */
export type Next =
  | { readonly status: "waiting"; readonly notBeforeMs: number }
  | { readonly status: "failed" }
  | { readonly status: "unknown" };

/** The attempt that ended, from 1. `final`: another one would fail as well. */
export type Failed = {
  readonly n: number;
  readonly outcome: "failed" | "timeout";
  readonly final: boolean;
};

type Terms = Pick<Job, "retry" | "effect" | "owner">;

/** After an attempt whose process lived to tell. What timed out may have had its effect all the same. */
export function afterFailure(job: Terms, { n, outcome, final }: Failed, nowMs: number): Next {
  if (job.effect === "once") return { status: outcome === "timeout" ? "unknown" : "failed" };
  return final ? { status: "failed" } : again(job, n, nowMs);
}

/** After attempt `n`, from 1, whose lease ran out. OMS repeats none: only the service has who may be killed. */
export function afterLoss(job: Terms, n: number, nowMs: number): Next {
  if (job.owner === "in-process" || job.effect === "once") return { status: "unknown" };
  return again(job, n, nowMs);
}

function again({ retry }: Terms, n: number, nowMs: number): Next {
  if (n >= retry.attempts) return { status: "failed" };
  return {
    status: "waiting",
    notBeforeMs: nowMs + Math.min(retry.maxBackoffMs, retry.backoffMs * 2 ** (n - 1)),
  };
}
