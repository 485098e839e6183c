import {
  type EmbeddingServiceImplementation,
  HitMatch,
  SearchMode,
  StoreOutcome,
  type Embedding as WireEmbedding,
} from "@oms/protos/oms/embedding/v1/embedding.ts";
import { embedStream } from "./embed-stream.ts";
import type { Embedding, Embeddings, Hit, StoreReply } from "./port.ts";

const MATCH: Readonly<Record<Hit["match"], HitMatch>> = {
  vector: HitMatch.HIT_MATCH_VECTOR,
  trigram: HitMatch.HIT_MATCH_TRIGRAM,
};

/** An unset mode is absent; one that is not known is refused as "". */
const MODE: Readonly<Partial<Record<SearchMode, string | undefined>>> = {
  [SearchMode.SEARCH_MODE_UNSPECIFIED]: undefined,
  [SearchMode.SEARCH_MODE_VECTOR]: "vector",
  [SearchMode.SEARCH_MODE_TRIGRAM]: "trigram",
  [SearchMode.SEARCH_MODE_HYBRID]: "hybrid",
};

const OUTCOME: Readonly<Record<StoreReply["outcome"], StoreOutcome>> = {
  created: StoreOutcome.STORE_OUTCOME_CREATED,
  updated: StoreOutcome.STORE_OUTCOME_UPDATED,
  deleted: StoreOutcome.STORE_OUTCOME_DELETED,
  unchanged: StoreOutcome.STORE_OUTCOME_UNCHANGED,
};

/** The operations as oms.embedding.v1 spells them. An absent model_version arrives as "" and is refused. */
export function grpcEmbeddings(embeddings: Embeddings): EmbeddingServiceImplementation {
  return {
    async embed(request) {
      const { modelVersion, embedding } = await embeddings.embed(request);
      return { modelVersion, embedding: toWire(embedding) };
    },
    async embedBatch(request) {
      const { modelVersion, embeddings: all } = await embeddings.embedBatch(request);
      return { modelVersion, embeddings: all.map(toWire) };
    },
    async *embedStream(requests) {
      for await (const { modelVersion, embedding } of embedStream(requests, embeddings.embed)) {
        yield { modelVersion, embedding: toWire(embedding) };
      }
    },
    similarity: (request) => embeddings.similarity(request),
    async search(request) {
      const mode = request.mode in MODE ? MODE[request.mode] : "";
      const { hits, ...reply } = await embeddings.search({ ...request, mode });
      return { ...reply, hits: hits.map((hit) => ({ ...hit, match: MATCH[hit.match] })) };
    },
    async store(request) {
      const { outcome, embedding, ...reply } = await embeddings.store(request);
      return { ...reply, outcome: OUTCOME[outcome], embedding: embedding ? toWire(embedding) : undefined };
    },
  };
}

function toWire({ vector, poorlyCovered, truncated }: Embedding): WireEmbedding {
  return { vector: Array.from(vector), poorlyCovered, truncated };
}
