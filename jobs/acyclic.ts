import { ServiceError, type Violation } from "@oms/chassis/errors/service-error.ts";
import type { Job } from "./job.ts";

type Dependent = Pick<Job, "id" | "dependsOn">;

/**
 * Refuses a job that depends on what is no job, or on itself by whatever way. `jobs`: every other job by its id.
 * Throws INVALID_ARGUMENT on each `dependsOn[i]` that is wrong.
 */
export function requireAcyclic(job: Dependent, jobs: ReadonlyMap<string, Dependent>): void {
  const violations = job.dependsOn.flatMap((id, index): Violation[] => {
    const message = problem(id, job, jobs);
    return message === undefined ? [] : [{ field: `dependsOn[${index}]`, message }];
  });
  if (violations.length === 0) return;
  const text = violations.map(({ field, message }) => `${field} ${message}`).join("; ");
  throw new ServiceError("INVALID_ARGUMENT", text, violations);
}

function problem(id: string, job: Dependent, jobs: ReadonlyMap<string, Dependent>): string | undefined {
  if (id === job.id) return "must be another job";
  if (!jobs.has(id)) return "must be a job that there is";
  return waitsFor(id, job.id, jobs) ? "must not depend on this job itself" : undefined;
}

function waitsFor(from: string, target: string, jobs: ReadonlyMap<string, Dependent>): boolean {
  const seen = new Set([from]);
  for (const id of seen) {
    if (id === target) return true;
    for (const next of jobs.get(id)?.dependsOn ?? []) seen.add(next);
  }
  return false;
}
