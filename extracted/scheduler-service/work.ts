import type { Doc } from "@oms/data-kernel/client.ts";
import type { Execution, SkipReason } from "@oms/jobs/execution.ts";
import type { JobState } from "@oms/jobs/job-state.ts";
import { waitingOf } from "@oms/jobs/ready.ts";
import type { JobsView } from "@oms/jobs/view.ts";
import type { Waiting } from "./carry.ts";

type Jobs = Pick<JobsView, "get">;

/** What waits of the jobs of this side, whoever claimed it. */
export function* waitingIn(view: Jobs & Pick<JobsView, "busy">, nowMs: number): Generator<Waiting> {
  for (const state of view.busy()) yield* waitingOfJob(state, view, nowMs);
}

/** What waits of one job; nothing of one that the other side owns. */
export function waitingOfJob(state: JobState, jobs: Jobs, nowMs: number): readonly Waiting[] {
  const { owner, type, priority } = state.doc.body;
  if (owner !== "extracted") return [];
  return waitingOf(state, { nowMs, jobs }).map(({ execution: { body }, readiness }) => ({
    job: body.job,
    tick: body.tick,
    attempt: body.attempts.length + 1,
    type,
    priority,
    ready: readiness === "begin",
  }));
}

export type Blocked = { readonly execution: Doc<Execution>; readonly reason: SkipReason };

/** What waits in vain: a dependency has not ended well, or the job is cancelled. */
export function* blockedIn(view: Jobs & Pick<JobsView, "busy">, nowMs: number): Generator<Blocked> {
  for (const state of view.busy()) {
    const { owner, dependsOn, state: condition } = state.doc.body;
    if (owner !== "extracted" || (dependsOn.length === 0 && condition !== "cancelled")) continue;
    for (const { execution, readiness } of waitingOf(state, { nowMs, jobs: view }))
      if (readiness !== "begin" && readiness !== "wait") yield { execution, reason: readiness };
  }
}
