import { basename, dirname } from "node:path";
import { startGrpcServer } from "@oms/chassis/grpc-server.ts";
import { createHttpApp, listenHttp } from "@oms/chassis/http-server.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { createMetrics } from "@oms/chassis/metrics.ts";
import { createReadiness } from "@oms/chassis/readiness.ts";
import {
  type EmbedBatchRequest,
  EmbeddingServiceDefinition,
  type EmbedRequest,
} from "@oms/protos/oms/embedding/v1/embedding.ts";
import { loadPeer } from "../peers.ts";

/** transformers.js as one would serve it: as its documentation runs it, behind the service's own contract. */
type Extract = (
  texts: readonly string[],
  options: { pooling: "mean"; normalize: boolean },
) => Promise<{ data: Float32Array; dims: readonly number[] }>;
type Transformers = {
  readonly env: { allowRemoteModels: boolean; localModelPath: string };
  readonly pipeline: (task: string, model: string, options: object) => Promise<Extract>;
};

const [directory = ""] = process.argv.slice(2);
const { env, pipeline } = loadPeer("@huggingface/transformers") as Transformers;
env.allowRemoteModels = false;
env.localModelPath = dirname(directory);
const extract = await pipeline("feature-extraction", basename(directory), {
  dtype: "fp32",
  device: "cpu",
  subfolder: "",
});

async function embed(texts: readonly string[]) {
  const { data, dims } = await extract(texts, { pooling: "mean", normalize: true });
  const width = dims.at(-1) ?? 0;
  return texts.map((_, row) => {
    const vector = Array.from(data.subarray(row * width, (row + 1) * width));
    return { vector, poorlyCovered: false, truncated: false };
  });
}

const { embed: one, embedBatch: batch } = EmbeddingServiceDefinition.methods;
const definition = { ...EmbeddingServiceDefinition, methods: { embed: one, embedBatch: batch } } as const;
const edge = {
  service: "transformers.js",
  host: process.env["HOST"] ?? "",
  logger: createLogger("transformers.js", "error"),
  metrics: createMetrics("transformers.js"),
  build: "peer",
  readiness: createReadiness(),
};
await embed(["warm up"]);
await startGrpcServer({ ...edge, port: Number(process.env["GRPC_PORT"]) }, (server) =>
  server.add(definition, {
    async embed({ text, modelVersion }: EmbedRequest) {
      const [embedding] = await embed([text]);
      return { modelVersion, embedding };
    },
    async embedBatch({ texts, modelVersion }: EmbedBatchRequest) {
      return { modelVersion, embeddings: await embed(texts) };
    },
  }),
);
await listenHttp(
  createHttpApp({ ...edge, edge: "internal" }, () => {}),
  { host: edge.host, port: Number(process.env["PORT"]) },
);
