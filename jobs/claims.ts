import type { Execution } from "./execution.ts";
import type { Job, Owner } from "./job.ts";
import type { PlannedTick } from "./plan.ts";

/** Who claims, and when by its clock. */
export type Claimer = { readonly side: Owner; readonly nowMs: number };

/** The executions whose creation claims `planned` ticks of `job`. */
export function claimsOf(
  { id }: Pick<Job, "id">,
  planned: readonly PlannedTick[],
  { side, nowMs }: Claimer,
): Execution[] {
  return planned.map(({ atMs, decision }) => {
    const claim = {
      job: id,
      tick: String(atMs),
      plannedMs: atMs,
      claimedBy: side,
      claimedMs: nowMs,
      attempts: [],
    };
    if (decision === "fire") return { ...claim, status: "waiting" };
    return { ...claim, status: "skipped", reason: decision, endedMs: nowMs };
  });
}
