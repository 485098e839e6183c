import { notFound } from "@oms/chassis/errors/service-error.ts";
import { type Request, Router } from "express";
import { bodyOf } from "./http-input.ts";
import type { Kernel } from "./kernel.ts";

/**
 * The kernel over HTTP, for our own network: the same inputs, answers and errors as KernelService, with `mode` as
 * "live" or "shadow" and a document's `body` as JSON text, for a parsed number may not survive. A branch name is one
 * path segment: /branches/dev%2Foms%2Fmain/commits.
 */
export function kernelRoutes(kernel: Kernel): Router {
  const routes = Router();
  routes.get("/branches", async (_request, response) => {
    response.json({ branches: await kernel.listBranches() });
  });
  routes.post("/branches", async (request, response) => {
    response.json({ branch: await kernel.createBranch(bodyOf(request)) });
  });
  routes.post("/branches/:branch/commits", async (request, response) => {
    response.json(await kernel.commit({ ...bodyOf(request), ...request.params }));
  });
  routes.get("/branches/:branch/commits", async (request, response) => {
    response.json(await kernel.log(questionOf(request)));
  });
  routes.get("/branches/:branch/changes", async (request, response) => {
    response.json(await kernel.changes(questionOf(request)));
  });
  routes.get("/branches/:branch/documents", async (request, response) => {
    response.json(await kernel.query(questionOf(request)));
  });
  routes.get("/branches/:branch/documents/:id", async (request, response) => {
    const reply = await kernel.get(questionOf(request));
    if (!reply.document) throw notFound("id", `there is no document ${request.params.id} at ${reply.at}`);
    response.json(reply);
  });
  routes.get("/branches/:branch/documents/:id/history", async (request, response) => {
    response.json(await kernel.history(questionOf(request)));
  });
  return routes;
}

const NUMBERS: ReadonlySet<string> = new Set(["pageSize", "limit", "skip"]);

/** The query and the path as one input, numbers read as such; what is not one is left for the kernel to refuse. */
function questionOf(request: Request): object {
  const query = Object.entries(request.query).map(([name, value]) => [
    name,
    NUMBERS.has(name) && value !== "" ? Number(value) : value,
  ]);
  return { ...Object.fromEntries(query), ...request.params };
}
