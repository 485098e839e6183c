import { currentContext, runInContext } from "@oms/chassis/context/context.ts";
import { invalid } from "@oms/chassis/errors/service-error.ts";
import { Router } from "express";
import { z } from "zod";
import type { Embeddings } from "../core/embeddings/port.ts";
import { branchName } from "./requests.ts";
import { parse } from "./validation.ts";

const modelVersion = z.string().exactOptional();

const embedding = z.strictObject({
  text: z.string().optional(),
  texts: z.array(z.string()).optional(),
  modelVersion,
});

const similarity = z.strictObject({ a: z.string(), b: z.string(), modelVersion });

const search = z.strictObject({
  query: z.string(),
  k: z.number().default(10),
  types: z.array(z.string()).default([]),
  branch: z.string().default("main"),
  modelVersion,
});

/** /embedding, /similarity and /search: the same requests, answers and errors as the embedding service's. */
export function embeddingRoutes(embeddings: Embeddings): Router {
  const routes = Router();
  routes.post("/embedding", async (request, response) => {
    const { text, texts, ...versioned } = parse(embedding, request.body);
    if (texts !== undefined && text !== undefined)
      throw invalid("texts", "must not be given together with text");
    if (texts !== undefined) response.json(await embeddings.embedBatch({ texts, ...versioned }));
    else if (text !== undefined) response.json(await embeddings.embed({ text, ...versioned }));
    else throw invalid("text", "is required");
  });
  routes.post("/similarity", async (request, response) => {
    response.json(await embeddings.similarity(parse(similarity, request.body)));
  });
  routes.post("/search", async (request, response) => {
    const question = parse(search, request.body);
    response.json(await onBranch(question.branch, () => embeddings.search(question)));
  });
  return routes;
}

/** A flag may treat branches differently. A name that no branch can have is left to embedding to refuse. */
function onBranch<R>(branch: string, run: () => Promise<R>): Promise<R> {
  const named = branchName.safeParse(branch).success;
  return named ? runInContext({ ...currentContext(), branch }, run) : run();
}
