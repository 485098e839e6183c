import { availableParallelism } from "node:os";
import { addresses, port, wholeNumber } from "@oms/chassis/config.ts";
import { z } from "zod";

export const embeddingConfig = z.object({
  /** HTTP; 0 takes a free one. */
  PORT: port.default(8055),
  GRPC_PORT: port.default(50055),
  HOST: z.string().default("127.0.0.1"),
  OMS_ENV: z.string().default("dev"),
  OMS_BUILD: z.string().default("dev"),
  LOG_LEVEL: z.string().default("info"),
  /** `host:port` of the kernels' gRPC, with commas between. */
  KERNEL_URL: addresses.default("127.0.0.1:50051,127.0.0.1:50052"),
  /** What a kernel that authenticates its callers knows this service by. */
  KERNEL_TOKEN: z.string().optional(),
  EMBEDDING_MODEL_DIR: z.string().default(".services/models/use-lite"),
  /** What computes: the processor, or an NVIDIA card through CUDA. */
  EMBEDDING_PROVIDER: z.enum(["cpu", "cuda"]).default("cpu"),
  /** Inference sessions, each on a thread of its own with its own copy of the weights. */
  EMBEDDING_WORKERS: wholeNumber(1, 64).default(1),
  /** Threads one inference spreads over; more than a few gain nothing on batches this small. */
  EMBEDDING_THREADS: wholeNumber(1, 256).default(Math.min(4, availableParallelism())),
  /** Tokens of one batch, padding included: more keeps late texts waiting, fewer has the threads meet too often. */
  EMBEDDING_BATCH_TOKENS: wholeNumber(1, 1_000_000).default(512),
  /** Texts waiting at most. */
  EMBEDDING_QUEUE: wholeNumber(1, 1_000_000).default(4096),
  /** Redis that the instances share vectors in, database 5 where the URL names none. Without it each has its own. */
  REDIS_URL: z.string().optional(),
  /** First part of every Redis key. */
  KEY_PREFIX: z.string().default("oms:"),
  /** Embeddings remembered in the process. */
  EMBEDDING_CACHE_TEXTS: wholeNumber(1, 10_000_000).default(10_000),
  /** How long Redis remembers one. */
  EMBEDDING_CACHE_SECONDS: wholeNumber(1, 31_536_000).default(604_800),
});

export type EmbeddingConfig = z.infer<typeof embeddingConfig>;
