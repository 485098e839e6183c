import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { startGrpcServer } from "@oms/chassis/grpc-server.ts";
import { createHttpApp, listenHttp } from "@oms/chassis/http-server.ts";
import type { Logger } from "@oms/chassis/log.ts";
import { createMetrics, type Metrics } from "@oms/chassis/metrics.ts";
import { createReadiness, type Readiness } from "@oms/chassis/readiness.ts";
import { connectKernel, followBranch } from "@oms/data-kernel/client.ts";
import { EmbeddingServiceDefinition } from "@oms/protos/oms/embedding/v1/embedding.ts";
import { Branches } from "./branches.ts";
import { cachedModel } from "./cache/cached-model.ts";
import { openSharedCache } from "./cache/shared-cache.ts";
import type { EmbeddingConfig } from "./config.ts";
import { createEmbeddings } from "./embeddings.ts";
import { grpcEmbeddings } from "./grpc.ts";
import { createEmbeddingMetrics, type EmbeddingMetrics } from "./metrics.ts";
import { type Model, openModel } from "./model/model.ts";
import type { Embeddings } from "./port.ts";
import { addRoutes } from "./rest.ts";
import { ObjectIndex } from "./search/object-index.ts";

const SERVICE = "embedding-service";
/** Room for a batch of long texts or a thousand hits; gRPC refuses what is larger. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const BODY_LIMIT = "4mb";

export type EmbeddingService = {
  readonly port: number;
  readonly grpcPort: number;
  readonly modelVersion: string;
  /** Lets running calls finish, then frees the model. */
  readonly stop: () => Promise<void>;
};

/** What every part of the process shares; `opened` is closed from its end. */
type Process = {
  readonly config: EmbeddingConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly measures: EmbeddingMetrics;
  readonly readiness: Readiness;
  readonly opened: (() => Promise<void> | void)[];
};

/**
 * Loads and warms the model, then listens; ready while the kernel answers and its branch can be followed. Whatever
 * was opened is closed again when something cannot be.
 */
export async function startEmbeddingService(
  config: EmbeddingConfig,
  logger: Logger,
): Promise<EmbeddingService> {
  const metrics = createMetrics(SERVICE);
  const process: Process = {
    config,
    logger,
    metrics,
    measures: createEmbeddingMetrics(metrics),
    readiness: createReadiness(),
    opened: [],
  };
  try {
    const model = await loadModel(process);
    const ports = await serve(process, offer(process, await remember(process, model)));
    return { ...ports, modelVersion: model.version, stop: () => closeAll(process) };
  } catch (error) {
    await closeAll(process);
    throw error;
  }
}

async function loadModel({ config, measures, opened }: Process): Promise<Model> {
  const model = await openModel({
    directory: config.EMBEDDING_MODEL_DIR,
    workers: config.EMBEDDING_WORKERS,
    threads: config.EMBEDDING_THREADS,
    provider: config.EMBEDDING_PROVIDER,
    budget: config.EMBEDDING_BATCH_TOKENS,
    queueLimit: config.EMBEDDING_QUEUE,
    ran: measures.ran,
  });
  opened.push(model.close);
  measures.watch("embedding_queue_length", model.queued);
  return model;
}

/** The model behind the process's own memory and, where there is a Redis, that of all instances. */
async function remember(process: Process, model: Model): Promise<Model> {
  const { config, measures } = process;
  const shared = await share(process, model);
  return cachedModel(model, { most: config.EMBEDDING_CACHE_TEXTS, shared, metrics: measures });
}

async function share({ config, logger, measures, opened }: Process, model: Model) {
  if (config.REDIS_URL === undefined) return undefined;
  const shared = await openSharedCache({
    url: config.REDIS_URL,
    // Not the version alone: a vector is stored as the work of this build, and another's errors are not its own.
    prefix: `${config.KEY_PREFIX}vector:${model.version}:${config.OMS_BUILD}:`,
    dimensions: model.dimensions,
    ttlSeconds: config.EMBEDDING_CACHE_SECONDS,
    metrics: measures,
    logger,
  });
  opened.push(shared.close);
  return shared;
}

/** The operations over the model and the kernel's embedding branch. */
function offer({ config, logger, measures, readiness, opened }: Process, model: Model): Embeddings {
  const kernel = connectKernel({ address: config.KERNEL_URL, token: config.KERNEL_TOKEN });
  const branches = new Branches(kernel, config.OMS_ENV);
  const index = new ObjectIndex(model.version, (document, err) => {
    logger.error({ err, document }, "a document cannot be read; it will not be found");
  });
  measures.watch("embedding_index_states", () => index.size);
  const { refresh } = followBranch(kernel, branches.embedding, {
    apply: (commit, changes) => index.apply(commit.sequence, changes),
    clear: () => index.clear(),
  });
  opened.push(
    () => index.close(),
    () => kernel.close(),
  );
  readiness.add("kernel", () => kernel.ready());
  readiness.add("index", async () => {
    await branches.prepare();
    await refresh();
  });
  return createEmbeddings({ kernel, model, branches, build: config.OMS_BUILD, index, refresh });
}

async function serve({ config, opened, ...process }: Process, embeddings: Embeddings) {
  const shared = { ...process, service: SERVICE, host: config.HOST, build: config.OMS_BUILD };
  const servers: { stop(): Promise<void> }[] = [];
  opened.push(async () => {
    await Promise.all(servers.map((server) => server.stop()));
  });
  const descriptors = await readFile(fileURLToPath(import.meta.resolve("@oms/protos/descriptors.binpb")));
  const grpc = await startGrpcServer(
    { ...shared, port: config.GRPC_PORT, maxMessageBytes: MAX_MESSAGE_BYTES, descriptors },
    (server) => server.add(EmbeddingServiceDefinition, grpcEmbeddings(embeddings)),
  );
  servers.push(grpc);
  const app = createHttpApp({ ...shared, edge: "internal", bodyLimit: BODY_LIMIT }, (routes) => {
    addRoutes(routes, embeddings);
  });
  const http = await listenHttp(app, { host: config.HOST, port: config.PORT });
  servers.push(http);
  return { port: http.port, grpcPort: grpc.port };
}

async function closeAll({ opened }: Process): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}
