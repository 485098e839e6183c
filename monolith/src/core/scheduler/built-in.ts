import { isDeepStrictEqual } from "node:util";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { JobSpec, Scheduler } from "@oms/jobs/port.ts";

/** `branchGcDays` absent: branches that nobody commits to are counted and stay. */
export type BuiltInSettings = { readonly branchGcDays?: number | undefined };

const DAYS = 90;
const QUARTER_OF_AN_HOUR_MS = 900_000;

/** The jobs that OMS has for itself. */
export function builtInJobs({ branchGcDays }: BuiltInSettings): readonly JobSpec[] {
  return [
    {
      id: "oms-branch-gc",
      type: "branch-gc",
      payload: { olderThanDays: branchGcDays ?? DAYS, dryRun: branchGcDays === undefined },
      schedule: { kind: "cron", expression: "30 3 * * *" },
      tags: ["built-in"],
    },
    {
      // What a write's own indexing and the kernel's relay have left behind.
      id: "oms-reembed",
      type: "reembed",
      payload: { branch: "main" },
      schedule: { kind: "interval", everyMs: QUARTER_OF_AN_HOUR_MS },
      overlap: "skip",
      misfire: "fire-once",
      tags: ["built-in"],
    },
  ];
}

/**
 * Registers what is not there. Of a job that is, only the payload is brought in step: what somebody did to its schedule,
 * or that they paused or cancelled it, stays.
 */
export async function registerBuiltIn(scheduler: Scheduler, jobs: readonly JobSpec[]): Promise<void> {
  for (const spec of jobs) await registerOne(scheduler, spec);
}

async function registerOne(scheduler: Scheduler, spec: JobSpec): Promise<void> {
  const known = await scheduler.get({ id: spec.id }).catch(unless("NOT_FOUND"));
  if (!known) {
    // Another instance of OMS may be a moment ahead.
    await scheduler.register(spec).catch(unless("ALREADY_EXISTS"));
    return;
  }
  const { id, payload = {} } = spec;
  const { job, revision } = known;
  if (job.state === "cancelled" || isDeepStrictEqual(job.payload, payload)) return;
  await scheduler.update({ id, payload, revision });
}

function unless(code: ServiceError["code"]) {
  return (error: unknown): undefined => {
    if (!(error instanceof ServiceError && error.code === code)) throw error;
  };
}
