import assert from "node:assert/strict";
import type { Express } from "express";
import { z } from "zod";
import { createHttpApp, type HttpOptions, listenHttp } from "../http-server.ts";
import { createLogger } from "../log.ts";
import { createMetrics } from "../metrics.ts";
import { createReadiness } from "../readiness.ts";

export async function serve(routes: (app: Express) => void, options: Partial<HttpOptions> = {}) {
  const lines: string[] = [];
  const metrics = createMetrics("http");
  const readiness = createReadiness();
  const logger = createLogger("http", "warn", { write: (line) => lines.push(line) });
  const common = { service: "http", edge: "internal", build: "http-1", logger, metrics, readiness } as const;
  const server = await listenHttp(createHttpApp({ ...common, ...options }, routes), {
    host: "127.0.0.1",
    port: 0,
  });
  return {
    ...server,
    url: `http://127.0.0.1:${server.port}`,
    lines,
    metrics,
    readiness,
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

export function postJson(url: string, body: string, headers: Record<string, string> = {}) {
  return fetch(url, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });
}

const Problem = z.object({
  type: z.literal("about:blank"),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })),
});

/** Asserts that `response` is a problem and gives its parts. */
export async function problemOf(response: Response) {
  assert.match(response.headers.get("content-type") ?? "", /^application\/problem\+json/);
  const problem = Problem.parse(await response.json());
  assert.equal(problem.status, response.status);
  return {
    status: response.status,
    title: problem.title,
    fields: problem.errors.map(({ field }) => field),
  };
}

export const echoBody = (app: Express) => {
  app.post("/echo", (request, response) => {
    response.json(request.body);
  });
};
