import { addresses, port, wholeNumber } from "@oms/chassis/config.ts";
import { z } from "zod";

/** What both processes read. */
const shared = z.object({
  HOST: z.string().default("127.0.0.1"),
  OMS_ENV: z.string().default("dev"),
  OMS_BUILD: z.string().default("dev"),
  LOG_LEVEL: z.string().default("info"),
  /** `host:port` of the kernels' gRPC, with commas between. */
  KERNEL_URL: addresses.default("127.0.0.1:50051,127.0.0.1:50052"),
  /** What a kernel that authenticates its callers knows this service by. */
  KERNEL_TOKEN: z.string().optional(),
  /** One Redis; or REDIS_SENTINELS, which know where it is. */
  REDIS_URL: z.string().optional().describe("give either it or REDIS_SENTINELS"),
  REDIS_SENTINELS: addresses.optional(),
  /** What the sentinels call it. */
  REDIS_MASTER: z.string().default("mymaster"),
  /** Of the Redis behind the sentinels; where REDIS_URL names one, it is in there. */
  REDIS_PASSWORD: z.string().optional(),
  /** First part of every Redis key. */
  KEY_PREFIX: z.string().default("oms:"),
  /** Modules that bring more executors, with commas between. */
  SCHEDULER_EXECUTORS: z.string().optional(),
  /** Faults for stories: see @oms/jobs/faults.ts. */
  SCHEDULER_FAULTS: z.string().optional(),
  /** How long an attempt may be silent before it counts as lost, in milliseconds. */
  SCHEDULER_LEASE_MS: wholeNumber(300, 3_600_000).default(15_000),
  /** How long commits of claims and attempts wait for one another, in milliseconds; 200 where the kernel's store is TerminusDB. */
  SCHEDULER_CLAIM_WINDOW_MS: wholeNumber(0, 1000).default(5),
});

/** Exactly one way to Redis. */
function reachable(config: {
  REDIS_URL?: string | undefined;
  REDIS_SENTINELS?: string | undefined;
}): boolean {
  return (config.REDIS_URL === undefined) !== (config.REDIS_SENTINELS === undefined);
}
const WAY = { path: ["REDIS_URL"], error: "give either it or REDIS_SENTINELS" };

export const apiConfig = shared
  .extend({
    /** HTTP; 0 takes a free one. */
    PORT: port.default(8056),
    GRPC_PORT: port.default(50056),
    /** What operators show at /board; without it there is none. */
    SCHEDULER_ADMIN_TOKEN: z.string().min(16, "must have at least 16 characters").optional(),
    /** How long the instance that keeps the time may be silent before another one does, in milliseconds. */
    SCHEDULER_LEADER_MS: wholeNumber(300, 60_000).default(3000),
    /** How often the queue is compared with what is waiting, in milliseconds. */
    SCHEDULER_RECONCILE_MS: wholeNumber(50, 600_000).default(5000),
  })
  .refine(reachable, WAY);
export type ApiConfig = z.infer<typeof apiConfig>;

export const workerConfig = shared
  .extend({
    /** HTTP, for health, readiness and metrics; 0 takes a free one. */
    PORT: port.default(8057),
    /** Executions one worker has taken at a time, at most: those that run, and short ones that are about to. */
    SCHEDULER_CONCURRENCY: wholeNumber(1, 1000).default(100),
    /** Executions that run at a time, each in a process of its own. */
    SCHEDULER_CHILDREN: wholeNumber(1, 200).default(4),
    /** What V8 may use in one of them, in MiB. */
    SCHEDULER_CHILD_HEAP_MB: wholeNumber(32, 65_536).default(256),
    /** Resident memory over which one is killed, in MiB. */
    SCHEDULER_CHILD_RESIDENT_MB: wholeNumber(128, 65_536).default(512),
    /** How long executions may go on when the worker is told to stop, in milliseconds. */
    SCHEDULER_GRACE_MS: wholeNumber(0, 8000).default(5000),
    /** Addresses and networks that callbacks may go to besides the public ones: `127.0.0.1,10.0.0.0/8`. */
    SCHEDULER_CALLBACK_ALLOW: z.string().optional(),
    /** Where re-embedding is done, and of which model its vectors are to be: its version, or the folder that says it. */
    EMBEDDING_URL: addresses.optional(),
    EMBEDDING_MODEL_VERSION: z.string().optional(),
    EMBEDDING_MODEL_DIR: z.string().optional(),
  })
  .refine(reachable, WAY);
export type WorkerConfig = z.infer<typeof workerConfig>;

export type RedisSettings = Pick<
  ApiConfig,
  "REDIS_URL" | "REDIS_SENTINELS" | "REDIS_MASTER" | "REDIS_PASSWORD" | "KEY_PREFIX" | "OMS_ENV"
>;
