import { Router } from "express";
import { bodyOf } from "../http-input.ts";
import type { Store } from "../store/port.ts";
import { redact } from "./redact.ts";

/** What operators ask of a kernel, over HTTP on our own network. */
export function governanceRoutes(store: Store, now: () => number = Date.now): Router {
  const routes = Router();
  routes.post("/branches/:branch/redactions", async (request, response) => {
    const input = { ...bodyOf(request), ...request.params };
    response.json(await redact(input, { store, nowMs: now() }));
  });
  return routes;
}
