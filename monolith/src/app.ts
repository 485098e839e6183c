import { jsonBody } from "@oms/chassis/http/body.ts";
import { createHttpApp } from "@oms/chassis/http-server.ts";
import type { Logger } from "@oms/chassis/log.ts";
import type { Metrics } from "@oms/chassis/metrics.ts";
import type { Readiness } from "@oms/chassis/readiness.ts";
import type { Scheduler } from "@oms/jobs/port.ts";
import type { Express } from "express";
import helmet from "helmet";
import type { Embeddings } from "./core/embeddings/port.ts";
import type { Events } from "./core/event-publisher/port.ts";
import { graphql } from "./graphql/graphql.ts";
import type { Ontology } from "./ontology/ontology.ts";
import { branchRoutes } from "./rest/branch-routes.ts";
import { embeddingRoutes, embeddingRouting } from "./rest/embedding-routes.ts";
import { eventRoutes } from "./rest/event-routes.ts";
import { executionRoutes, jobRoutes } from "./rest/job-routes.ts";
import { linkRoutes, linkTypeRoutes } from "./rest/link-routes.ts";
import { objectRoutes, objectTypeRoutes } from "./rest/ontology-routes.ts";
import { openApi } from "./rest/openapi/document.ts";
import { enterBranch } from "./rest/requests.ts";

export type AppOptions = {
  readonly ontology: Ontology;
  readonly embeddings: Embeddings;
  readonly scheduler: Scheduler;
  readonly events: Events;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly build: string;
  /** Whether a browser gets GraphiQL at /graphql. */
  readonly graphiql: boolean;
};

/** A batch of 256 long texts, or one text far over its limit, which is refused by name. */
const BODY_LIMIT = "4mb";
/** A payload far over its limit, which is refused by name as the scheduler's own REST refuses it. */
const JOB_LIMIT = "24mb";

/** OMS over HTTP: the ontology and what finds its objects. */
export function createApp(options: AppOptions): Express {
  const { types, objects, linkTypes, links, branches } = options.ontology;
  const beforeBodies = (app: Express) =>
    app
      .use(helmet(), embeddingRouting())
      .use("/jobs", jsonBody(JOB_LIMIT))
      .use("/events", eventRoutes(options.events));
  const edge = { service: "oms", edge: "public", bodyLimit: BODY_LIMIT, beforeBodies } as const;
  const answerGraphql = graphql(options);
  const description = openApi();
  return createHttpApp({ ...edge, ...options }, (app) => {
    app.use("/object-types", enterBranch, objectTypeRoutes(types));
    app.use("/objects", enterBranch, objectRoutes(objects));
    app.use("/link-types", enterBranch, linkTypeRoutes(linkTypes));
    app.use("/links", enterBranch, linkRoutes(links));
    app.use("/branches", branchRoutes(branches));
    app.use("/jobs", jobRoutes(options.scheduler));
    app.use("/executions", executionRoutes(options.scheduler));
    app.use(embeddingRoutes(options.embeddings));
    app.route("/graphql").all(enterBranch).get(answerGraphql).post(answerGraphql);
    app.get("/openapi.json", (_request, response) => response.json(description));
  });
}
