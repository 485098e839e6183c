import { addresses, port, wholeNumber } from "@oms/chassis/config.ts";
import { z } from "zod";
import { callers } from "./callers.ts";

export const kernelConfig = z.object({
  /** HTTP; 0 takes a free one. */
  PORT: port.default(8051),
  GRPC_PORT: port.default(50051),
  HOST: z.string().default("127.0.0.1"),
  /** Holds kernel.db; made when missing. Not looked at where TERMINUSDB_URL is set. */
  DATA_DIR: z.string().describe("must be the folder of kernel.db"),
  /** A TerminusDB server that keeps the truth instead; its database is made when missing. Nobody else is told. */
  TERMINUSDB_URL: z.url({ protocol: /^https?$/, error: "must be a URL of TerminusDB" }).optional(),
  TERMINUSDB_ORGANIZATION: z.string().default("admin"),
  TERMINUSDB_DATABASE: z.string().default("oms"),
  /** Of the scheduler's branches, which change all the time; unset: they are where the others are. */
  TERMINUSDB_SCHEDULER_DATABASE: z.string().optional(),
  TERMINUSDB_USER: z.string().default("admin"),
  TERMINUSDB_PASSWORD: z.string().default(""),
  /**
   * Redis, through which kernels on TerminusDB take turns; unset, they meet more often and are as safe. There, too, lie
   * the ceilings and the counts of what the relay publishes.
   */
  REDIS_URL: z.string().optional(),
  KEY_PREFIX: z.string().default("oms:"),
  /** A JSON file with what the sync hooks are to look at (hooks/policy.ts); the kernel has one of its own. */
  KERNEL_POLICY: z.string().optional(),
  /** Modules that export a `hook`, comma-separated. */
  KERNEL_HOOKS: z
    .string()
    .default("")
    .transform((paths) =>
      paths
        .split(",")
        .map((path) => path.trim())
        .filter(Boolean),
    ),
  /** Who may call, as JSON; absent: whoever reaches the kernel is trusted. */
  KERNEL_CALLERS: callers.optional(),
  /** JetStream that every change is published to, several servers with commas between. */
  NATS_URL: z.string().optional(),
  /** `host:port` of the event gateway, which publishes instead as the flag `oms.events` says. Neither: nowhere. */
  EVENT_GATEWAY_URL: addresses.optional(),
  /** `true`: the gateway, `false`: JetStream, whatever the flag says. */
  USE_EVENT_GATEWAY: z.enum(["true", "false"], "must be true or false").optional(),
  EVENT_STREAM_REPLICAS: wholeNumber(1, 5).default(1),
  EVENT_DUPLICATE_WINDOW_MS: wholeNumber(100, 86_400_000).default(120_000),
  /** Unset: no flags, and JetStream publishes. The kernel waits for none of these servers. */
  UNLEASH_URL: z.url().optional(),
  UNLEASH_CLIENT_TOKEN: z.string().default("default:development.oms-client"),
  UNLEASH_ENVIRONMENT: z.string().default("development"),
  UNLEASH_REFRESH_MS: wholeNumber(100, 3_600_000).default(1000),
  FLAG_PREFIX: z.string().default(""),
  /**
   * `host:port` of the embedding-service that every changed object is sent to, and the model its vectors are to be
   * of. Unset: nowhere. Only once OMS leaves embedding to the service: until then the two sides are compared.
   */
  EMBEDDING_URL: z.string().optional(),
  EMBEDDING_MODEL_VERSION: z.string().optional(),
  /** The first part of every branch's name, where it is given. */
  OMS_ENV: z.string().optional(),
  /** A JSON file that says how old branches may become (governance/policy.ts); without it none has a limit but its own. */
  BRANCH_POLICY: z.string().optional(),
  /** Seconds between two looks at branches past their age; 0: nobody looks. */
  BRANCH_EXPIRY_S: wholeNumber(0, 1_000_000).default(3600),
  /** Where branches past their age are archived. */
  ARCHIVE_DIR: z.string().optional().describe("DATA_DIR/archive"),
  LOG_LEVEL: z.string().default("info"),
  OMS_BUILD: z.string().default("dev"),
});

export type KernelConfig = z.infer<typeof kernelConfig>;
