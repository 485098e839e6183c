import { setTimeout as wait } from "node:timers/promises";
import { startGrpcServer } from "@oms/chassis/grpc-server.ts";
import { createHttpApp, listenHttp } from "@oms/chassis/http-server.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { createMetrics } from "@oms/chassis/metrics.ts";
import { createReadiness } from "@oms/chassis/readiness.ts";
import { EmbeddingServiceDefinition, type EmbedRequest } from "@oms/protos/oms/embedding/v1/embedding.ts";

/** Computes nothing: it answers with a vector at once, after a second or never, as the text asks. */
const SLOW_MS = 1000;
const WIDTH = 512;
const vector = Array.from({ length: WIDTH }, () => 1 / Math.sqrt(WIDTH));

const { embed } = EmbeddingServiceDefinition.methods;
const definition = { ...EmbeddingServiceDefinition, methods: { embed } } as const;
const edge = {
  service: "peer",
  host: process.env["HOST"] ?? "",
  logger: createLogger("peer", "error"),
  metrics: createMetrics("peer"),
  build: "peer",
  readiness: createReadiness(),
};

await startGrpcServer({ ...edge, port: Number(process.env["GRPC_PORT"]) }, (server) =>
  server.add(definition, {
    async embed({ text, modelVersion }: EmbedRequest) {
      if (text === "slow") await wait(SLOW_MS);
      if (text === "hung") await new Promise(() => {});
      return { modelVersion, embedding: { vector, poorlyCovered: false, truncated: false } };
    },
  }),
);
await listenHttp(
  createHttpApp({ ...edge, edge: "internal" }, () => {}),
  { host: edge.host, port: Number(process.env["PORT"]) },
);
