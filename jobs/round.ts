import { type Claimer, claimsOf } from "./claims.ts";
import type { Execution } from "./execution.ts";
import type { Item } from "./group-commit.ts";
import type { JobState } from "./job-state.ts";
import { plan } from "./plan.ts";
import { putExecution, unchanged, unclaimed } from "./writes.ts";

/** Claims of one job that are made together, or not at all: what is claimed of a job has no holes. */
export type Round = Item & { readonly claims: readonly Execution[] };

/** Of one job in one round: one that is far behind holds up no other. */
const MOST_TICKS = 500;

/** What claims the due ticks of a job after `afterMs`, as far as `state` knows; undefined: there are none. */
export function roundOf(state: JobState, claimer: Claimer, afterMs = state.claimedMs): Round | undefined {
  const job = state.doc.body;
  const round = { afterMs, nowMs: claimer.nowMs, live: state.live.size > 0, limit: MOST_TICKS };
  const claims = claimsOf(job, plan(job, round), claimer);
  if (claims.length === 0) return undefined;
  return {
    claims,
    writes: claims.map(putExecution),
    preconditions: [unchanged(state.doc), ...claims.map(unclaimed)],
  };
}
