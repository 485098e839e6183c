import type { AttemptRecord } from "@oms/jobs/execution.ts";
import type { Job, Schedule } from "@oms/jobs/job.ts";
import type { JsonObject } from "@oms/jobs/json.ts";
import type { ExecutionView, FiresReply, JobReply } from "@oms/jobs/port.ts";
import { z } from "zod";

const unixMs = z.int().min(0).meta({ description: "Unix milliseconds." });
const owner = z.enum(["in-process", "extracted"]).meta({ description: "Whose timers fire." });
const payload: z.ZodType<JsonObject> = z.record(z.string(), z.json());

const schedule: z.ZodType<Schedule> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("cron"), expression: z.string(), zone: z.string() }),
  z.strictObject({ kind: z.literal("interval"), everyMs: z.int(), anchorMs: z.int() }),
  z.strictObject({ kind: z.literal("once"), atMs: unixMs }),
  z.strictObject({ kind: z.literal("manual") }),
]);

const job: z.ZodType<Job> = z.strictObject({
  id: z.string(),
  type: z.string(),
  payload,
  schedule,
  owner,
  state: z.enum(["active", "paused", "cancelled"]),
  priority: z.int(),
  dependsOn: z.array(z.string()),
  retry: z.strictObject({ attempts: z.int(), backoffMs: z.int(), maxBackoffMs: z.int() }),
  timeoutMs: z.int(),
  overlap: z.enum(["allow", "skip", "queue"]),
  misfire: z.enum(["skip", "fire-once", "fire-all"]),
  effect: z.enum(["idempotent", "once"]),
  tags: z.array(z.string()),
  keep: z.int(),
  floorMs: z.int().meta({ description: "Ticks at or below it are settled." }),
  createdMs: unixMs,
});

/** A job as both sides answer it. */
export const jobReply = z.strictObject({
  job,
  revision: z.string(),
  next: z.array(unixMs).meta({ description: "The next planned times, three at most." }),
}) satisfies z.ZodType<JobReply>;

const attempt: z.ZodType<AttemptRecord> = z.strictObject({
  n: z.int(),
  side: owner,
  worker: z.string(),
  startedMs: unixMs,
  endedMs: unixMs.exactOptional(),
  outcome: z.enum(["done", "failed", "timeout", "lost", "cancelled"]).exactOptional(),
  error: z.strictObject({ code: z.string(), message: z.string() }).exactOptional(),
});

const execution: z.ZodType<ExecutionView> = z.strictObject({
  id: z.string().meta({ description: "<job>/<tick>" }),
  job: z.string(),
  plannedMs: unixMs,
  claimedBy: owner,
  claimedMs: unixMs,
  status: z.enum(["waiting", "running", "done", "failed", "skipped", "unknown"]),
  reason: z.enum(["misfire", "overlap", "dependency", "cancelled"]).exactOptional(),
  attempts: z.array(attempt),
  notBeforeMs: unixMs.exactOptional(),
  endedMs: unixMs.exactOptional(),
  result: z.json().exactOptional(),
  progress: z.number().min(0).max(1).exactOptional(),
});

/** An execution as both sides answer it. */
export const executionReply = z.strictObject({ execution });

const nextPageToken = z.string().exactOptional().meta({ description: "Absent on the last page." });
export const listReply = z.strictObject({ jobs: z.array(jobReply), nextPageToken });
export const historyReply = z.strictObject({ executions: z.array(execution), nextPageToken });
export const firesReply = z.strictObject({
  sinceMs: unixMs.meta({ description: "From when on the record is complete." }),
  fires: z.array(
    z.strictObject({
      job: z.string(),
      atMs: unixMs,
      decision: z.enum(["fire", "misfire", "overlap", "dependency", "cancelled"]),
    }),
  ),
}) satisfies z.ZodType<FiresReply>;
