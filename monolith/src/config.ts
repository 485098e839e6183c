import { addresses, port, wholeNumber } from "@oms/chassis/config.ts";
import { z } from "zod";

/** What OMS reads from the environment; everything has a value that works on a developer's machine. */
export const configSchema = z.object({
  HOST: z.string().default("127.0.0.1"),
  PORT: port.default(8080),
  /** First part of every kernel branch. */
  OMS_ENV: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/, "must be lower-case letters, digits and -")
    .default("dev"),
  OMS_BUILD: z.string().default("dev"),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  /** `host:port` of the kernels' gRPC, with commas between. */
  KERNEL_URL: addresses.default("127.0.0.1:50051,127.0.0.1:50052"),
  /** What a kernel that authenticates its callers knows this service by. */
  KERNEL_TOKEN: z.string().optional(),
  /** `host:port` of the scheduler service's gRPC. */
  SCHEDULER_URL: z.string().default("127.0.0.1:50056"),
  /** How long an attempt may be silent before it counts as lost, in milliseconds. */
  SCHEDULER_LEASE_MS: wholeNumber(300, 3_600_000).default(15_000),
  /** Executions that this process has at a time while it keeps the time of jobs. */
  SCHEDULER_CONCURRENCY: wholeNumber(1, 1000).default(16),
  /** How long commits of claims and attempts wait for one another, in milliseconds; 200 where the kernel's store is TerminusDB. */
  SCHEDULER_CLAIM_WINDOW_MS: wholeNumber(0, 1000).default(5),
  /** Modules that bring more executors, with commas between. */
  SCHEDULER_EXECUTORS: z.string().optional(),
  /** Addresses and networks within that callbacks may go to, with commas between: 10.0.0.0/8,127.0.0.1. */
  SCHEDULER_CALLBACK_ALLOW: z.string().optional(),
  /** Branches nobody has committed to for so many days are deleted; without it they are only counted. */
  BRANCH_GC_DAYS: wholeNumber(1, 100_000).optional(),
  /** Faults for stories: see @oms/jobs/faults.ts. */
  SCHEDULER_FAULTS: z.string().optional(),
  /** A NATS server, or those of one cluster with commas between. */
  NATS_URL: z.string().default("nats://127.0.0.1:4222"),
  /** `host:port` of the event gateway's gRPC. */
  EVENT_GATEWAY_URL: z.string().default("127.0.0.1:50057"),
  /** Servers of the cluster that keep each event. */
  EVENT_STREAM_REPLICAS: wholeNumber(1, 5).default(1),
  /** How long JetStream itself knows an event again, in milliseconds. */
  EVENT_DUPLICATE_WINDOW_MS: wholeNumber(100, 86_400_000).default(120_000),
  EMBEDDING_URL: z.string().default("127.0.0.1:50055"),
  /** The same service's REST, where OMS's own REST is routed to in stage live. */
  EMBEDDING_REST_URL: z.url({ protocol: /^https?$/ }).default("http://127.0.0.1:8055"),
  EMBEDDING_MODEL_DIR: z.string().default(".services/models/use-lite"),
  /** A second model beside the local one, behind an API as OpenAI's: its base, such as https://api.openai.com/v1. */
  EMBEDDING_PROVIDER_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Its model; the name is the version of its vectors. */
  EMBEDDING_PROVIDER_MODEL: z.string().default("text-embedding-3-small"),
  EMBEDDING_PROVIDER_KEY: z.string().optional(),
  /** Which of the two answers; the other one embeds and compares when it cannot. */
  EMBEDDING_PROVIDER_FIRST: z.enum(["local", "remote"], "must be local or remote").default("local"),
  /** Without it comparisons are counted by nobody and no ceiling is seen. */
  REDIS_URL: z.url().optional(),
  KEY_PREFIX: z.string().default("oms:"),
  /** Without it the stage is the environment's, else in-process. */
  UNLEASH_URL: z.url().optional(),
  UNLEASH_CLIENT_TOKEN: z.string().default("default:development.oms-client"),
  UNLEASH_ENVIRONMENT: z.string().default("development"),
  UNLEASH_REFRESH_MS: wholeNumber(100, 3_600_000).default(1000),
  FLAG_PREFIX: z.string().default(""),
  /** Where the last known flags survive a restart. */
  DATA_DIR: z.string().default(".run/oms"),
  USE_EMBEDDING_MS: z.enum(["true", "false"], "must be true or false").optional(),
  USE_SCHEDULER_MS: z.enum(["true", "false"], "must be true or false").optional(),
  USE_EVENT_GATEWAY: z.enum(["true", "false"], "must be true or false").optional(),
});

export type Config = z.infer<typeof configSchema>;
