import type { Owner } from "@oms/jobs/job.ts";
import { authorityOf } from "@oms/proxy/plan/plan.ts";
import { strangler } from "../../strangler.ts";

/**
 * Tells of a job which side has the calls about it. Undefined while OMS may hear of no new flag or ceiling: what it last
 * knew is good enough for a call, but other instances may know better, and jobs would go to and fro.
 */
export function authorities(): ((job: string) => Owner) | undefined {
  const { flags, ceilings, capabilities } = strangler.status();
  const known = capabilities.find(({ capability }) => capability === "scheduler");
  if (known?.source !== "override" && (flags === "last known" || ceilings === "last known")) return undefined;
  return (job) => authorityOf(strangler.stageOf("scheduler", { jobId: job }));
}
