import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { invalid } from "@oms/chassis/errors/service-error.ts";
import { type Request, Router } from "express";
import { bodyOf } from "../http-input.ts";
import { operatorsOnly } from "../operators.ts";
import type { Governance } from "./governance.ts";

/** What operators ask of a kernel, over HTTP on our own network. */
export function governanceRoutes(governance: Governance): Router {
  const routes = Router();
  routes.get("/governance/branches", async (_request, response) => {
    response.json({ branches: await governance.report() });
  });
  routes.post("/governance/expiry", operatorsOnly, async (request, response) => {
    response.json({ expired: await governance.expire(bodyOf(request)) });
  });
  routes.post("/branches/:branch/archives", operatorsOnly, async (request, response) => {
    response.json(await governance.archive(request.params));
  });
  routes.post("/branches/:branch/redactions", operatorsOnly, async (request, response) => {
    response.json(await governance.redact({ ...bodyOf(request), ...request.params }));
  });
  return routes;
}

/** What takes a file for a body. `folder` holds it meanwhile. */
export function governanceUploads(governance: Governance, folder: string): Router {
  const routes = Router();
  routes.post("/governance/restore", operatorsOnly, async (request, response) => {
    const file = join(folder, `uploaded-${randomUUID()}.ndjson.gz`);
    try {
      await receive(request, file, folder);
      response.json({ branch: await governance.restore(file) });
    } finally {
      await rm(file, { force: true });
    }
  });
  return routes;
}

async function receive(request: Request, file: string, folder: string): Promise<void> {
  if (!request.is("application/gzip")) throw invalid("content-type", "must be application/gzip");
  await mkdir(folder, { recursive: true });
  await pipeline(request, createWriteStream(file));
}
