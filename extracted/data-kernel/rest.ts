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
    response.json({ branches: await kernel.branches.list() });
  });
  routes.post("/branches", async (request, response) => {
    response.json({ branch: await kernel.branches.create(bodyOf(request)) });
  });
  routes.delete("/branches/:name", async (request, response) => {
    await kernel.branches.delete(questionOf(request));
    response.status(204).end();
  });
  routes.post("/branches/:name/reset", async (request, response) => {
    response.json({ branch: await kernel.branches.reset({ ...bodyOf(request), ...request.params }) });
  });
  routes.get("/diff", async (request, response) => {
    response.json(await kernel.branches.diff(nested(questionOf(request))));
  });
  routes.post("/branches/:branch/commits", async (request, response) => {
    response.json(await kernel.commits.commit({ ...bodyOf(request), ...request.params }));
  });
  routes.get("/branches/:branch/commits", async (request, response) => {
    response.json(await kernel.commits.log(questionOf(request)));
  });
  routes.get("/branches/:branch/changes", async (request, response) => {
    response.json(await kernel.commits.changes(questionOf(request)));
  });
  routes.get("/branches/:branch/documents", async (request, response) => {
    response.json(await kernel.documents.query(questionOf(request)));
  });
  routes.get("/branches/:branch/documents/:id", async (request, response) => {
    const reply = await kernel.documents.get(questionOf(request));
    if (!reply.document) throw notFound("id", `there is no document ${request.params.id} at ${reply.at}`);
    response.json(reply);
  });
  routes.get("/branches/:branch/documents/:id/history", async (request, response) => {
    response.json(await kernel.commits.history(questionOf(request)));
  });
  routes.get("/branches/:branch/schemas/:type", async (request, response) => {
    const reply = await kernel.schemas.get(questionOf(request));
    if (!reply.schema) throw notFound("type", `${request.params.type} has no schema at ${reply.at}`);
    response.json(reply);
  });
  routes.put("/branches/:branch/schemas/:type", async (request, response) => {
    response.json(await kernel.schemas.update({ ...bodyOf(request), ...request.params }));
  });
  return routes;
}

const NUMBERS: ReadonlySet<string> = new Set(["pageSize", "limit", "skip"]);
const FLAGS: ReadonlySet<string> = new Set(["descending"]);

/** `from.branch=…` in a query is what `{ from: { branch } }` is in a message. */
function nested(question: object): object {
  const input: { [name: string]: unknown } = {};
  for (const [name, value] of Object.entries(question)) {
    const [outer = "", inner] = name.split(".", 2);
    input[outer] = inner === undefined ? value : { ...Object(input[outer]), [inner]: value };
  }
  return input;
}

function readAs(name: string, value: unknown): unknown {
  if (NUMBERS.has(name) && value !== "") return Number(value);
  if (FLAGS.has(name) && (value === "true" || value === "false")) return value === "true";
  return value;
}

/** The query and the path as one input, numbers and flags read as such; what is not one is left for the kernel to refuse. */
function questionOf(request: Request): object {
  const query = Object.entries(request.query).map(([name, value]) => [name, readAs(name, value)]);
  return { ...Object.fromEntries(query), ...request.params };
}
