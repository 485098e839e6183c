import type { Request, RequestHandler, Response } from "express";
import onHeaders from "on-headers";
import type { Admit } from "../context/admit.ts";
import { runInContext } from "../context/context.ts";
import { refuseExpired } from "../context/deadline.ts";
import { BUILD, type Edge, READS } from "../context/headers.ts";
import { contextFromHeaders } from "../context/http.ts";
import { encodeReads } from "../context/reads.ts";
import type { Metrics } from "../metrics.ts";

/** Times every request until its response is sent or its caller is gone (499). */
export function countRequests(metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const stop = metrics.http.startTimer({ http_request_method: request.method });
    response.once("close", () => {
      const status = response.writableFinished ? response.statusCode : 499;
      stop({ http_route: routeOf(request), http_response_status_code: String(status) });
    });
    next();
  };
}

type Entry = { readonly edge: Edge; readonly build: string; readonly admit?: Admit };

/** Runs the rest in the context of an admitted caller and says which build answered, to our own services also what it read. */
export function enterContext({ edge, build, admit }: Entry): RequestHandler {
  return (request, response: Response, next) => {
    response.setHeader(BUILD, build);
    const said = contextFromHeaders(request.headers, edge);
    const context = admit ? admit(request.headers.authorization, said) : said;
    refuseExpired(context, Date.now());
    onHeaders(response, () => {
      if (edge === "internal" && context.reads.size > 0)
        response.setHeader(READS, encodeReads(context.reads));
    });
    runInContext(context, next);
  };
}

/** The path as the route declares it, so that ids do not become labels. */
function routeOf(request: Request): string {
  const path: unknown = request.route?.path;
  return typeof path === "string" ? `${request.baseUrl}${path}` : "unmatched";
}
