import type { Branches } from "./branches.ts";
import type { Model } from "./model/model.ts";
import type { Embeddings, SearchReply } from "./port.ts";
import { cosine } from "./search/cosine.ts";
import { FUSED, fuse } from "./search/fusion.ts";
import type { ObjectIndex } from "./search/object-index.ts";
import { type StoreParts, storeObject } from "./store.ts";
import { validEmbed, validEmbedBatch, validSearch, validSimilarity, validStore } from "./validate.ts";

export type EmbeddingsParts = StoreParts & {
  readonly model: Model;
  readonly branches: Branches;
  readonly index: ObjectIndex;
  /** Brings the index up to date and says up to which sequence this caller may read. */
  readonly refresh: () => Promise<{ readonly sequence: number }>;
};

/** The five operations over the model and the kernel. */
export function createEmbeddings(parts: EmbeddingsParts): Embeddings {
  const { model, branches } = parts;
  const modelVersion = model.version;
  return {
    async embed(request) {
      const { text } = validEmbed(request, modelVersion);
      return { modelVersion, embedding: await model.embed(text) };
    },
    async embedBatch(request) {
      const { texts } = validEmbedBatch(request, modelVersion);
      return { modelVersion, embeddings: await model.embedBatch(texts) };
    },
    async similarity(request) {
      const { a, b } = validSimilarity(request, modelVersion);
      const [first, second] = await Promise.all([model.embed(a), model.embed(b)]);
      const poorlyCovered = first.poorlyCovered || second.poorlyCovered;
      return { modelVersion, similarity: cosine(first.vector, second.vector), poorlyCovered };
    },
    async search(request) {
      const valid = validSearch(request, modelVersion);
      await branches.requireOntology(valid.branch);
      return search(parts, valid);
    },
    async store(request) {
      const valid = validStore(request, modelVersion);
      await branches.requireOntology(valid.branch);
      await branches.prepare();
      return storeObject(parts, valid);
    },
  };
}

/** A query the model does not know is never looked for by meaning: a vector of unknown pieces says nothing. */
async function search(
  { model, index, refresh }: EmbeddingsParts,
  request: ReturnType<typeof validSearch>,
): Promise<SearchReply> {
  const { branch, types, k, query } = request;
  const { vector, poorlyCovered } = await model.embed(query);
  const { sequence } = await refresh();
  const mode = request.mode ?? (poorlyCovered ? "trigram" : "vector");
  const scope = { branch, types, k: mode === "hybrid" ? FUSED : k, sequence };
  const byMeaning = mode === "trigram" || poorlyCovered ? [] : index.nearest(vector, scope);
  const byLetters = mode === "vector" ? [] : index.containing(query, scope);
  const hits = mode === "hybrid" ? fuse([byMeaning, byLetters], k) : [...byMeaning, ...byLetters];
  return { modelVersion: model.version, hits, poorlyCovered };
}
