import { currentContext, runInContext } from "@oms/chassis/context/context.ts";
import { invalid } from "@oms/chassis/errors/service-error.ts";
import type { Asked } from "@oms/proxy/http/route.ts";
import { Router } from "express";
import type { Embeddings } from "../core/embeddings/port.ts";
import { routeEmbedding } from "../core/embeddings/rest.ts";
import { embeddingRequest, searchRequest, similarityRequest } from "./embedding-requests.ts";
import { branchName } from "./requests.ts";
import { parse } from "./validation.ts";

type Asks<K extends keyof Embeddings> = Extract<Asked<Embeddings>, { readonly method: K }>;

function askEmbedding(body: unknown): Asks<"embed" | "embedBatch"> {
  const { text, texts, ...versioned } = parse(embeddingRequest, body);
  if (texts !== undefined && text !== undefined)
    throw invalid("texts", "must not be given together with text");
  if (texts !== undefined) return { method: "embedBatch", args: [{ texts, ...versioned }] };
  if (text === undefined) throw invalid("text", "is required");
  return { method: "embed", args: [{ text, ...versioned }] };
}

function askSimilarity(body: unknown): Asks<"similarity"> {
  return { method: "similarity", args: [parse(similarityRequest, body)] };
}

function askSearch(body: unknown): Asks<"search"> {
  const question = parse(searchRequest, body);
  return { method: "search", args: [question], within: onBranch(question.branch) };
}

/** /embedding, /similarity and /search: the same requests, answers and errors as the embedding service's. */
export function embeddingRoutes(embeddings: Embeddings): Router {
  const routes = Router();
  routes.post("/embedding", async (request, response) => {
    const { method, args } = askEmbedding(request.body);
    response.json(
      method === "embed" ? await embeddings.embed(...args) : await embeddings.embedBatch(...args),
    );
  });
  routes.post("/similarity", async (request, response) => {
    const { args } = askSimilarity(request.body);
    response.json(await embeddings.similarity(...args));
  });
  routes.post("/search", async (request, response) => {
    const [question] = askSearch(request.body).args;
    response.json(await onBranch(question.branch)(() => embeddings.search(question)));
  });
  return routes;
}

/** The same routes, for the stages in which the service's own REST answers them. */
export function embeddingRouting(): Router {
  const routes = Router();
  routes.post("/embedding", routeEmbedding({ ask: askEmbedding, large: "embedBatch" }));
  routes.post("/similarity", routeEmbedding({ ask: askSimilarity, large: "similarity" }));
  routes.post("/search", routeEmbedding({ ask: askSearch, large: "search" }));
  return routes;
}

/** A flag may treat branches differently. A name that no branch can have is left to embedding to refuse. */
function onBranch(branch: string): <R>(run: () => R) => R {
  const named = branchName.safeParse(branch).success;
  return (run) => (named ? runInContext({ ...currentContext(), branch }, run) : run());
}
