import type { Owner } from "@oms/jobs/job.ts";
import { authorityOf } from "@oms/proxy/plan/plan.ts";
import type { StranglerStatus } from "@oms/proxy/strangler.ts";
import { strangler } from "../../strangler.ts";

/** Which side has the calls about a job; undefined while it cannot be told for sure. */
export type Authority = (job: string) => Owner | undefined;

/** As of now, for as long as a round takes. */
export function authorityNow(): Authority {
  const trusted = trustedSides(strangler.status());
  return (job) => {
    const side = authorityOf(strangler.stageOf("scheduler", { jobId: job }));
    return trusted.has(side) ? side : undefined;
  };
}

/**
 * The sides to which OMS may move a job by what it knows. What it last knew of flags is good enough for a call, but other
 * instances may know better, and jobs would go to and fro. A ceiling only keeps calls in-process: with Redis away there
 * may be a new one, so nothing is moved out; what has none to be lifted may still be brought back.
 */
export function trustedSides({ flags, ceilings, capabilities }: StranglerStatus): ReadonlySet<Owner> {
  const known = capabilities.find(({ capability }) => capability === "scheduler");
  const overridden = known?.source === "override";
  const knowsCeilings = ceilings !== "last known";
  const trusted = new Set<Owner>();
  if (!overridden && flags === "last known") return trusted;
  if (overridden || knowsCeilings || !known?.ceiling) trusted.add("in-process");
  if (knowsCeilings) trusted.add("extracted");
  return trusted;
}
