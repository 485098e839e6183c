import type { Execution } from "./execution.ts";
import type { Job } from "./job.ts";

/** Says nothing. */
export const quiet = { warn() {}, info() {} };

/** A job of every second, `change` apart. */
export function jobOf(id: string, change: Partial<Job> = {}): Job {
  return {
    id,
    type: "no-op",
    payload: {},
    schedule: { kind: "interval", everyMs: 1000, anchorMs: 0 },
    owner: "in-process",
    state: "active",
    priority: 5,
    dependsOn: [],
    retry: { attempts: 3, backoffMs: 0, maxBackoffMs: 0 },
    timeoutMs: 60_000,
    overlap: "allow",
    misfire: "fire-all",
    effect: "idempotent",
    tags: [],
    keep: 100,
    floorMs: 0,
    createdMs: 0,
    ...change,
  };
}

/** One that waits, `change` apart. */
export function executionOf(job: string, atMs: number, change: Partial<Execution> = {}): Execution {
  return {
    job,
    tick: String(atMs),
    plannedMs: atMs,
    claimedBy: "in-process",
    claimedMs: atMs,
    status: "waiting",
    attempts: [],
    ...change,
  };
}
