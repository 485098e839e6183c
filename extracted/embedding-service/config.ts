import { availableParallelism } from "node:os";
import { loadConfig, port, wholeNumber } from "@oms/chassis/config.ts";
import { z } from "zod";

const schema = z.object({
  HOST: z.string().default("127.0.0.1"),
  PORT: port.default(8055),
  GRPC_PORT: port.default(50055),
  OMS_ENV: z.string().default("dev"),
  OMS_BUILD: z.string().default("dev"),
  LOG_LEVEL: z.string().default("info"),
  KERNEL_URL: z.string().default("127.0.0.1:50051"),
  EMBEDDING_MODEL_DIR: z.string().default(".services/models/use-lite"),
  EMBEDDING_WORKERS: wholeNumber(1, 64).default(1),
  EMBEDDING_THREADS: wholeNumber(1, 256).default(availableParallelism()),
  EMBEDDING_BATCH_TOKENS: wholeNumber(1, 1_000_000).default(256),
  EMBEDDING_QUEUE: wholeNumber(1, 1_000_000).default(4096),
});

export type Config = z.infer<typeof schema>;

/** `host:port` of the kernel's gRPC, the model's directory, and how inference uses the machine. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return loadConfig(schema, env);
}
