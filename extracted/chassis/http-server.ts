import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type ErrorRequestHandler, type Express } from "express";
import type { Admit } from "./context/admit.ts";
import type { Edge } from "./context/headers.ts";
import { toProblem } from "./errors/problem.ts";
import { internal, notFound, ServiceError } from "./errors/service-error.ts";
import { fromHttpError, jsonBody } from "./http/body.ts";
import { countRequests, enterContext } from "./http/observe.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { portTaken } from "./port-taken.ts";
import type { Readiness } from "./readiness.ts";

export type HttpOptions = {
  readonly service: string;
  readonly edge: Edge;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  /** Sent with every answer as `oms-build`. */
  readonly build: string;
  /** Absent: all callers are. The probes are open either way. */
  readonly admit?: Admit;
  /** Largest JSON body, as body-parser spells sizes. */
  readonly bodyLimit?: string;
  /** What comes inside the caller's context, but before anything reads bodies. */
  readonly beforeBodies?: (app: Express) => void;
};

/**
 * An app with /health, /ready and /metrics, then `routes` inside the caller's context with JSON bodies parsed.
 * Whatever a route throws, now or later, is answered as a problem.
 */
export function createHttpApp(options: HttpOptions, routes: (app: Express) => void): Express {
  const app = express();
  app.disable("x-powered-by").disable("etag");
  addProbes(app, options);
  app.use(countRequests(options.metrics), enterContext(options));
  options.beforeBodies?.(app);
  app.use(jsonBody(options.bodyLimit ?? "2mb"));
  routes(app);
  app.use((request) => {
    throw notFound("path", `there is no ${request.method} ${request.path}`);
  });
  app.use(answerProblem(options.logger));
  return app;
}

function addProbes(app: Express, { metrics, readiness }: HttpOptions): void {
  app.get("/health", (_request, response) => {
    response.json({ status: "ok" });
  });
  app.get("/ready", async (_request, response) => {
    const { ready, checks } = await readiness.check();
    response.status(ready ? 200 : 503).json({ status: ready ? "ready" : "not ready", checks });
  });
  app.get("/metrics", async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

function answerProblem(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    const error = thrown instanceof ServiceError ? thrown : (fromHttpError(thrown) ?? internal(thrown));
    if (error.code === "INTERNAL") {
      logger.error(
        { err: error.cause ?? error, method: request.method, path: request.path },
        "the request failed",
      );
    }
    if (response.headersSent) return next(thrown);
    const problem = toProblem(error);
    response.status(problem.status).type("application/problem+json").send(JSON.stringify(problem));
  };
}

const GRACE_MS = 5000;

/**
 * Listens on `port` (0 takes a free one). `stop` takes no more connections, lets running requests finish, and cuts
 * what is left after 5 s.
 */
export async function listenHttp(
  app: Express,
  at: { host: string; port: number },
): Promise<{ port: number; stop(): Promise<void> }> {
  const server = createServer(app);
  let stopping = false;
  server.on("request", (_request, response) => {
    // A connection kept alive after its last answer would hold the stop until it times out.
    response.once("close", () => setImmediate(() => stopping && server.closeIdleConnections()));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? portTaken({ ...at, variable: "PORT" }, error) : error);
    });
    server.listen(at.port, at.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      stopping = true;
      const force = setTimeout(() => server.closeAllConnections(), GRACE_MS);
      return new Promise((resolve) => {
        server.close(() => {
          clearTimeout(force);
          resolve();
        });
      });
    },
  };
}
