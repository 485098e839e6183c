import { createHttpApp } from "@oms/chassis/http-server.ts";
import type { Logger } from "@oms/chassis/log.ts";
import type { Metrics } from "@oms/chassis/metrics.ts";
import type { Readiness } from "@oms/chassis/readiness.ts";
import type { Kernel } from "@oms/data-kernel/client.ts";
import type { Express } from "express";
import helmet from "helmet";
import type { Embeddings } from "./core/embeddings/port.ts";
import { Documents } from "./ontology/documents.ts";
import type { Indexing } from "./ontology/indexing.ts";
import { ObjectTypes } from "./ontology/object-types.ts";
import { Objects } from "./ontology/objects.ts";
import { embeddingRoutes } from "./rest/embedding-routes.ts";
import { objectRoutes, objectTypeRoutes } from "./rest/ontology-routes.ts";
import { enterBranch } from "./rest/requests.ts";

export type AppOptions = {
  readonly kernel: Kernel;
  /** First part of every kernel branch. */
  readonly env: string;
  readonly embeddings: Embeddings;
  readonly indexing: Indexing;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly build: string;
};

/** A batch of 256 long texts, or one text far over its limit, which is refused by name. */
const BODY_LIMIT = "4mb";

/** OMS over HTTP: the ontology and what finds its objects. */
export function createApp(options: AppOptions): Express {
  const documents = new Documents(options.kernel, options.env);
  const types = new ObjectTypes(documents);
  const objects = new Objects(documents, types, options.indexing);
  return createHttpApp({ service: "oms", edge: "public", bodyLimit: BODY_LIMIT, ...options }, (app) => {
    app.use(helmet());
    app.use("/object-types", enterBranch, objectTypeRoutes(types));
    app.use("/objects", enterBranch, objectRoutes(objects));
    app.use(embeddingRoutes(options.embeddings));
  });
}
