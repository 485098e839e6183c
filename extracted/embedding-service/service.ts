import { startGrpcServer } from "@oms/chassis/grpc-server.ts";
import { createHttpApp, listenHttp } from "@oms/chassis/http-server.ts";
import type { Logger } from "@oms/chassis/log.ts";
import { createMetrics, type Metrics } from "@oms/chassis/metrics.ts";
import { createReadiness } from "@oms/chassis/readiness.ts";
import { connectKernel, followBranch } from "@oms/data-kernel/client.ts";
import { EmbeddingServiceDefinition } from "@oms/protos/oms/embedding/v1/embedding.ts";
import { Branches } from "./branches.ts";
import type { Config } from "./config.ts";
import { createEmbeddings } from "./embeddings.ts";
import { grpcEmbeddings } from "./grpc.ts";
import { createEmbeddingMetrics } from "./metrics.ts";
import { type Model, openModel } from "./model/model.ts";
import { addRoutes } from "./rest.ts";
import { ObjectIndex } from "./search/object-index.ts";

const SERVICE = "embedding-service";
/** A batch of texts in, a page of hits out. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const BODY_LIMIT = "4mb";

export type EmbeddingService = {
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly modelVersion: string;
  /** Lets running calls finish, then frees the model. */
  readonly stop: () => Promise<void>;
};

/** Loads and warms the model, then listens; ready while the kernel answers and its branch is followed. */
export async function startEmbeddingService(config: Config, logger: Logger): Promise<EmbeddingService> {
  const metrics = createMetrics(SERVICE);
  const model = await loadModel(config, metrics);
  logger.info({ modelVersion: model.version }, "the model is loaded");
  const kernel = connectKernel({ address: config.KERNEL_URL });
  const branches = new Branches(kernel, config.OMS_ENV);
  const index = new ObjectIndex(model.version, (document, err) => {
    logger.error({ err, document }, "a document cannot be read; it will not be found");
  });
  const { refresh } = followBranch(kernel, branches.embedding, (commit, changes) => {
    index.apply(commit.sequence, changes);
  });

  const readiness = createReadiness();
  readiness.add("kernel", () => kernel.ready());
  readiness.add("index", async () => {
    await branches.prepare();
    await refresh();
  });

  const build = config.OMS_BUILD;
  const embeddings = createEmbeddings({ kernel, model, branches, build, index, refresh });
  const common = { service: SERVICE, logger, metrics, readiness, build };
  const grpc = await startGrpcServer(
    { ...common, host: config.HOST, port: config.GRPC_PORT, maxMessageBytes: MAX_MESSAGE_BYTES },
    (server) => server.add(EmbeddingServiceDefinition, grpcEmbeddings(embeddings)),
  );
  const app = createHttpApp({ ...common, edge: "internal", bodyLimit: BODY_LIMIT }, (routes) =>
    addRoutes(routes, embeddings),
  );
  const http = await listenHttp(app, { host: config.HOST, port: config.PORT });
  logger.info({ port: http.port }, `${SERVICE} answers HTTP`);
  return {
    httpPort: http.port,
    grpcPort: grpc.port,
    modelVersion: model.version,
    async stop() {
      await Promise.all([grpc.stop(), http.stop()]);
      kernel.close();
      index.close();
      await model.close();
    },
  };
}

async function loadModel(config: Config, metrics: Metrics): Promise<Model> {
  const { ran, watchQueue } = createEmbeddingMetrics(metrics);
  const model = await openModel({
    directory: config.EMBEDDING_MODEL_DIR,
    workers: config.EMBEDDING_WORKERS,
    threads: config.EMBEDDING_THREADS,
    budget: config.EMBEDDING_BATCH_TOKENS,
    queueLimit: config.EMBEDDING_QUEUE,
    ran,
  });
  watchQueue(model.queued);
  return model;
}
