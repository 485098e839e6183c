import type { Job as JobDocument } from "@oms/jobs/job.ts";
import { type JobsOptions, Queue } from "bullmq";
import type { Redis } from "ioredis";
import { z } from "zod";
import type { RedisSettings } from "./config.ts";

/** The one queue: executions that may begin. It carries work; it neither retries nor computes a time. */
export const QUEUE = "executions";

/** What a queue job says: which execution, and which of its attempts is to begin. */
export const carried = z.object({ job: z.string(), tick: z.string(), attempt: z.number() });
export type Carried = z.infer<typeof carried>;
export type Cargo = Carried & Pick<JobDocument, "type" | "priority">;

/** The first part of the queue's keys in Redis. */
export function queuePrefix({ KEY_PREFIX, OMS_ENV }: RedisSettings): string {
  return `${KEY_PREFIX}scheduler:${OMS_ENV}`;
}

/** The id under which BullMQ knows it, so that adding it again adds nothing: `<job>/<tick>/<attempt>`. */
export function queueJobId({ job, tick, attempt }: Carried): string {
  return `${job}/${tick}/${attempt}`;
}

/** For those who add: while Redis is away every call rejects at once. */
export function openQueue(settings: RedisSettings, redis: Redis): Queue<Carried> {
  const queue = new Queue<Carried>(QUEUE, {
    connection: redis,
    prefix: queuePrefix(settings),
    skipWaitingForReady: true,
    // It would ask Redis once at the start, and never recover from not being answered.
    skipVersionCheck: true,
  });
  // Whoever adds sees it fail.
  queue.on("error", () => {});
  return queue;
}

/** A queue job as `addBulk` takes it. */
export function queueJob({ type, priority, job, tick, attempt }: Cargo): {
  name: string;
  data: Carried;
  opts: JobsOptions;
} {
  const data = { job, tick, attempt };
  return {
    name: type,
    data,
    opts: {
      jobId: queueJobId(data),
      // BullMQ's 0 goes before everything, then 1, 2, …
      priority: 9 - priority,
      attempts: 1,
      removeOnComplete: true,
      removeOnFail: true,
    },
  };
}
