import { resolve } from "node:path";
import { addresses, loadConfig, wholeNumber } from "@oms/chassis/config.ts";
import { z } from "zod";

/** The variable that moves a port, and where the port is unless it is moved. */
export const PORTS = {
  OMS_PORT: 8080,
  KERNEL_PORT: 50051,
  KERNEL_HTTP_PORT: 8051,
  KERNEL_2_PORT: 50052,
  KERNEL_2_HTTP_PORT: 8052,
  EMBEDDING_PORT: 50055,
  EMBEDDING_HTTP_PORT: 8055,
  SCHEDULER_PORT: 50056,
  SCHEDULER_HTTP_PORT: 8056,
  SCHEDULER_WORKER_HTTP_PORT: 8057,
  EVENT_GATEWAY_PORT: 50057,
  EVENT_GATEWAY_HTTP_PORT: 8058,
  REDIS_PORT: 6390,
  NATS_PORT: 4290,
  UNLEASH_PORT: 4242,
} as const;

export type PortSetting = keyof typeof PORTS;

const port = wholeNumber(1, 65_535).optional();

const schema = z.object({
  HOST: z.string().min(1).default("127.0.0.1"),
  /** State, logs and data of what runs. */
  RUN_DIR: z.string().min(1).default(".run"),
  /** What set-up fetched or made; shared by every run. */
  SERVICES_DIR: z.string().min(1).default(".services"),
  EMBEDDING_MODEL_DIR: z.string().min(1).optional(),
  OMS_ENV: z.string().min(1).default("dev"),
  FLAG_PREFIX: z.string().default(""),
  KEY_PREFIX: z.string().default("oms:"),
  /** Added to every port that is not given by itself. */
  PORT_OFFSET: wholeNumber(0, 10_000).default(0),
  OMS_PORT: port,
  KERNEL_PORT: port,
  KERNEL_HTTP_PORT: port,
  KERNEL_2_PORT: port,
  KERNEL_2_HTTP_PORT: port,
  EMBEDDING_PORT: port,
  EMBEDDING_HTTP_PORT: port,
  SCHEDULER_PORT: port,
  SCHEDULER_HTTP_PORT: port,
  SCHEDULER_WORKER_HTTP_PORT: port,
  EVENT_GATEWAY_PORT: port,
  EVENT_GATEWAY_HTTP_PORT: port,
  REDIS_PORT: port,
  NATS_PORT: port,
  UNLEASH_PORT: port,
  /** Given, the process behind it is someone else's and is not started. */
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  NATS_URL: z.url().optional(),
  UNLEASH_URL: z.url({ protocol: /^https?$/ }).optional(),
  KERNEL_URL: addresses.optional(),
  EMBEDDING_URL: z.string().min(1).optional(),
  EMBEDDING_REST_URL: z.url({ protocol: /^https?$/ }).optional(),
  SCHEDULER_URL: addresses.optional(),
  EVENT_GATEWAY_URL: addresses.optional(),
  /** For the kernels alone: where and as whom they store, instead of in SQLite. */
  TERMINUSDB_URL: z.url({ protocol: /^https?$/ }).optional(),
  TERMINUSDB_ORGANIZATION: z.string().min(1).optional(),
  TERMINUSDB_DATABASE: z.string().min(1).optional(),
  TERMINUSDB_SCHEDULER_DATABASE: z.string().min(1).optional(),
  TERMINUSDB_USER: z.string().min(1).optional(),
  TERMINUSDB_PASSWORD: z.string().min(1).optional(),
  UNLEASH_CLIENT_TOKEN: z.string().min(1).optional(),
  UNLEASH_ADMIN_TOKEN: z.string().min(1).optional(),
});

/** Where everything is; a pure reading of the environment. Directories are absolute. */
export type Settings = {
  readonly host: string;
  readonly runDirectory: string;
  readonly servicesDirectory: string;
  readonly modelDirectory: string;
  /** False when the model is the user's own, which nothing may write to. */
  readonly convertsModel: boolean;
  readonly omsEnv: string;
  readonly flagPrefix: string;
  readonly keyPrefix: string;
  readonly ports: Readonly<Record<PortSetting, number>>;
  /** Addresses of what is not ours to start. */
  readonly given: Readonly<
    Partial<
      Record<
        | "redis"
        | "nats"
        | "unleash"
        | "kernel"
        | "embedding"
        | "embeddingRest"
        | "scheduler"
        | "eventGateway",
        string
      >
    >
  >;
  /** The variables of the kernels' store, as they were given. */
  readonly store: Readonly<Partial<Record<StoreSetting, string>>>;
  readonly clientToken: string;
  /** Absent when the flag server is not ours and no token was given. */
  readonly adminToken: string | undefined;
};

export const STORE = [
  "TERMINUSDB_URL",
  "TERMINUSDB_ORGANIZATION",
  "TERMINUSDB_DATABASE",
  "TERMINUSDB_SCHEDULER_DATABASE",
  "TERMINUSDB_USER",
  "TERMINUSDB_PASSWORD",
] as const;
type StoreSetting = (typeof STORE)[number];

const DEVELOPMENT_CLIENT_TOKEN = "default:development.oms-client";
const DEVELOPMENT_ADMIN_TOKEN = "*:*.oms-admin";

/** Throws ConfigError with every problem, one per line. Paths are relative to `root`, the repository. */
export function readSettings(env: NodeJS.ProcessEnv, root: string): Settings {
  const read = loadConfig(schema, env);
  const services = resolve(root, read.SERVICES_DIR);
  const ports = Object.entries(PORTS).map(([name, fallback]) => {
    return [name, read[name as PortSetting] ?? fallback + read.PORT_OFFSET] as const;
  });
  return {
    host: read.HOST,
    runDirectory: resolve(root, read.RUN_DIR),
    servicesDirectory: services,
    modelDirectory: resolve(root, read.EMBEDDING_MODEL_DIR ?? `${services}/models/use-lite`),
    convertsModel: read.EMBEDDING_MODEL_DIR === undefined,
    omsEnv: read.OMS_ENV,
    flagPrefix: read.FLAG_PREFIX,
    keyPrefix: read.KEY_PREFIX,
    ports: Object.fromEntries(ports) as Record<PortSetting, number>,
    given: {
      ...(read.REDIS_URL && { redis: read.REDIS_URL }),
      ...(read.NATS_URL && { nats: read.NATS_URL }),
      ...(read.UNLEASH_URL && { unleash: read.UNLEASH_URL }),
      ...(read.KERNEL_URL && { kernel: read.KERNEL_URL }),
      ...(read.EMBEDDING_URL && { embedding: read.EMBEDDING_URL }),
      ...(read.EMBEDDING_REST_URL && { embeddingRest: read.EMBEDDING_REST_URL }),
      ...(read.SCHEDULER_URL && { scheduler: read.SCHEDULER_URL }),
      ...(read.EVENT_GATEWAY_URL && { eventGateway: read.EVENT_GATEWAY_URL }),
    },
    store: Object.fromEntries(STORE.flatMap((name) => (read[name] ? [[name, read[name]]] : []))),
    clientToken: read.UNLEASH_CLIENT_TOKEN ?? DEVELOPMENT_CLIENT_TOKEN,
    adminToken: read.UNLEASH_ADMIN_TOKEN ?? (read.UNLEASH_URL ? undefined : DEVELOPMENT_ADMIN_TOKEN),
  };
}
