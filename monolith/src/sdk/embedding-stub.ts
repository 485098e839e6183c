import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { openChannel } from "@oms/chassis/grpc-channel.ts";
import * as wire from "@oms/protos/oms/embedding/v1/embedding.ts";
import type {
  EmbedBatchReply,
  EmbedBatchRequest,
  Embedding,
  Embeddings,
  EmbedReply,
  EmbedRequest,
  Hit,
  SearchReply,
  SearchRequest,
  SimilarityReply,
  SimilarityRequest,
  StoreReply,
  StoreRequest,
} from "../core/embeddings/port.ts";

/** The strangler's own deadline, by method, comes first. */
const LAST_RESORT_MS = 30_000;
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const INT32 = 2 ** 31;

/**
 * The embedding service as OMS calls it. Every request names a model version, the configured one when the caller
 * names none, and every reply must be of that version: a service with another model is UNAVAILABLE, never a mix.
 */
export class EmbeddingStub implements Embeddings {
  readonly #modelVersion: string;
  readonly #channel;

  /** `address` is `host:port`. The strangler has the breaker of this hop, so the channel has none. */
  constructor({ address, modelVersion }: { address: string; modelVersion: string }) {
    this.#modelVersion = modelVersion;
    this.#channel = openChannel(wire.EmbeddingServiceDefinition, {
      address,
      breaker: false,
      deadlineMs: LAST_RESORT_MS,
      maxMessageBytes: MAX_MESSAGE_BYTES,
    });
  }

  /** The build that answered last; `unknown` before. */
  build(): string {
    return this.#channel.build();
  }

  close(): void {
    this.#channel.close();
  }

  async embed(request: EmbedRequest): Promise<EmbedReply> {
    const { modelVersion, embedding } = await this.#versioned(request, (versioned) =>
      this.#channel.client.embed(versioned),
    );
    return { modelVersion, embedding: fromWire(embedding) };
  }

  async embedBatch(request: EmbedBatchRequest): Promise<EmbedBatchReply> {
    const texts = [...request.texts];
    const { modelVersion, embeddings } = await this.#versioned({ ...request, texts }, (versioned) =>
      this.#channel.client.embedBatch(versioned),
    );
    if (embeddings.length !== texts.length) throw garbage("another number of embeddings than texts");
    return { modelVersion, embeddings: embeddings.map(fromWire) };
  }

  async similarity(request: SimilarityRequest): Promise<SimilarityReply> {
    return this.#versioned(request, (versioned) => this.#channel.client.similarity(versioned));
  }

  async search(request: SearchRequest): Promise<SearchReply> {
    // The wire has no such k; 0 is refused with the same words.
    const k = Number.isInteger(request.k) && Math.abs(request.k) < INT32 ? request.k : 0;
    const asked = { ...request, k, mode: modeToWire(request.mode), types: [...request.types] };
    const { modelVersion, hits, poorlyCovered } = await this.#versioned(asked, (versioned) =>
      this.#channel.client.search(versioned),
    );
    return { modelVersion, hits: hits.map(hitFromWire), poorlyCovered };
  }

  async store(request: StoreRequest): Promise<StoreReply> {
    const { modelVersion, outcome, textHash, embedding } = await this.#versioned(request, (versioned) =>
      this.#channel.client.store(versioned),
    );
    return {
      modelVersion,
      outcome: outcomeFromWire(outcome),
      textHash,
      embedding: embedding ? fromWire(embedding) : null,
    };
  }

  async #versioned<Q extends { readonly modelVersion?: string }, R extends { readonly modelVersion: string }>(
    request: Q,
    call: (request: Q & { readonly modelVersion: string }) => Promise<R>,
  ): Promise<R> {
    const modelVersion = request.modelVersion ?? this.#modelVersion;
    const reply = await call({ ...request, modelVersion }).catch((error: unknown) => {
      throw modelVersion === this.#modelVersion && isAboutVersion(error) ? otherModel(error) : error;
    });
    if (reply.modelVersion !== modelVersion) throw otherModel();
    return reply;
  }
}

function isAboutVersion(error: unknown): boolean {
  return error instanceof ServiceError && error.violations.some(({ field }) => field === "modelVersion");
}

function otherModel(cause?: unknown): ServiceError {
  return new ServiceError("UNAVAILABLE", "the embedding service has another model loaded", [], cause);
}

function garbage(what: string): ServiceError {
  return new ServiceError("UNAVAILABLE", `the embedding service answered ${what}`);
}

function fromWire(embedding: wire.Embedding | undefined): Embedding {
  if (!embedding) throw garbage("without an embedding");
  const { vector, poorlyCovered, truncated } = embedding;
  return { vector, poorlyCovered, truncated };
}

function modeToWire(mode: string | undefined): wire.SearchMode {
  if (mode === undefined) return wire.SearchMode.SEARCH_MODE_UNSPECIFIED;
  return MODES.get(mode) ?? wire.SearchMode.UNRECOGNIZED;
}

function hitFromWire({ id, type, text, score, match }: wire.Hit): Hit {
  const { HIT_MATCH_VECTOR, HIT_MATCH_TRIGRAM } = wire.HitMatch;
  if (match !== HIT_MATCH_VECTOR && match !== HIT_MATCH_TRIGRAM) throw garbage("a hit without its match");
  return { id, type, text, score, match: match === HIT_MATCH_VECTOR ? "vector" : "trigram" };
}

/** A mode the wire does not have is refused there with the same words. */
const MODES: ReadonlyMap<string, wire.SearchMode> = new Map([
  ["vector", wire.SearchMode.SEARCH_MODE_VECTOR],
  ["trigram", wire.SearchMode.SEARCH_MODE_TRIGRAM],
  ["hybrid", wire.SearchMode.SEARCH_MODE_HYBRID],
]);

const OUTCOMES: Readonly<Record<number, StoreReply["outcome"]>> = {
  [wire.StoreOutcome.STORE_OUTCOME_CREATED]: "created",
  [wire.StoreOutcome.STORE_OUTCOME_UPDATED]: "updated",
  [wire.StoreOutcome.STORE_OUTCOME_DELETED]: "deleted",
  [wire.StoreOutcome.STORE_OUTCOME_UNCHANGED]: "unchanged",
};

function outcomeFromWire(outcome: wire.StoreOutcome): StoreReply["outcome"] {
  const known = OUTCOMES[outcome];
  if (!known) throw garbage("a store without its outcome");
  return known;
}
