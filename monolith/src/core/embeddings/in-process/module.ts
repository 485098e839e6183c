import type { Kernel } from "@oms/data-kernel/client.ts";
import type { Embedding, Embeddings } from "../port.ts";
import { cached, type Embed } from "./cache.ts";
import { embeddingBranch } from "./documents.ts";
import { knownBranches, type RequireBranch } from "./known-branches.ts";
import { Model } from "./model.ts";
import { Projection } from "./projection.ts";
import { type Provider, remoteEmbed } from "./remote.ts";
import { checkEmbed, checkEmbedBatch, checkSearch, checkSimilarity, checkStore } from "./request.ts";
import { search } from "./search.ts";
import { type Storing, store } from "./store.ts";
import { cosine, type TextVector } from "./vector.ts";

export type Place = {
  readonly kernel: Kernel;
  /** First part of every kernel branch. */
  readonly env: string;
  /** Stamped on the vectors that this process stores. */
  readonly build: string;
};

/** Loads the model and answers with it in this process. Throws when the model cannot be loaded. */
export async function openEmbeddings(
  opening: Place & { readonly modelDir: string; readonly modelVersion: string },
): Promise<Embeddings> {
  const model = await Model.open(opening.modelDir);
  return openOver(opening, opening.modelVersion, (texts) => model.embed(texts));
}

/** Answers with the vectors of a remote model, whose name is their version. Says nothing to it before the first call. */
export function openRemoteEmbeddings(place: Place, provider: Provider): Promise<Embeddings> {
  return openOver(place, provider.model, remoteEmbed(provider));
}

async function openOver(
  { kernel, env, build }: Place,
  modelVersion: string,
  encode: Embed,
): Promise<Embeddings> {
  await kernel.createBranch({ name: embeddingBranch(env) });
  const embed = cached(encode);
  const projection = new Projection(kernel, embeddingBranch(env), modelVersion);
  const storing: Storing = { kernel, env, build, modelVersion, embed };
  return methods(storing, projection, knownBranches(kernel, env));
}

function methods(storing: Storing, projection: Projection, requireBranch: RequireBranch): Embeddings {
  const { modelVersion, embed } = storing;
  return {
    embed: async (request) => {
      const { text } = checkEmbed(request, modelVersion);
      return { modelVersion, embedding: toPort(await one(embed, text)) };
    },
    embedBatch: async (request) => {
      const { texts } = checkEmbedBatch(request, modelVersion);
      return { modelVersion, embeddings: (await embed(texts)).map(toPort) };
    },
    similarity: async (request) => {
      const { a, b } = checkSimilarity(request, modelVersion);
      const [left, right] = [await one(embed, a), await one(embed, b)];
      const poorlyCovered = left.poorlyCovered || right.poorlyCovered;
      return { modelVersion, similarity: cosine(left.vector, right.vector), poorlyCovered };
    },
    search: async (request) => {
      const question = checkSearch(request, modelVersion);
      await requireBranch(question.branch);
      const query = await one(embed, question.query);
      const hits = search(await projection.view(), question, query);
      return { modelVersion, hits, poorlyCovered: query.poorlyCovered };
    },
    store: async (request) => {
      const entry = checkStore(request, modelVersion);
      await requireBranch(entry.branch);
      const { outcome, textHash, vector } = await store(storing, entry);
      return { modelVersion, outcome, textHash, embedding: vector ? toPort(vector) : null };
    },
  };
}

async function one(embed: Embed, text: string): Promise<TextVector> {
  const [vector] = await embed([text]);
  if (!vector) throw new Error("the model answered no vector for a text");
  return vector;
}

function toPort({ vector, poorlyCovered, truncated }: TextVector): Embedding {
  return { vector: Array.from(vector), poorlyCovered, truncated };
}
