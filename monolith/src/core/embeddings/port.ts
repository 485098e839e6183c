/** What OMS asks of embedding; both sides implement it. Errors: ServiceError with the offending field. */
export type Embeddings = {
  readonly embed: (request: EmbedRequest) => Promise<EmbedReply>;
  readonly embedBatch: (request: EmbedBatchRequest) => Promise<EmbedBatchReply>;
  readonly similarity: (request: SimilarityRequest) => Promise<SimilarityReply>;
  readonly search: (request: SearchRequest) => Promise<SearchReply>;
  readonly store: (request: StoreRequest) => Promise<StoreReply>;
};

/** Absent: the version that is loaded. Any other than the loaded one is INVALID_ARGUMENT on `modelVersion`. */
type Versioned = { readonly modelVersion?: string };
type Answered = { readonly modelVersion: string };

export type Embedding = {
  /** Unit length. */
  readonly vector: readonly number[];
  /** Over a quarter of the text's pieces are unknown to the model: the vector means little. */
  readonly poorlyCovered: boolean;
  /** Pieces after the model's own limit were not read. */
  readonly truncated: boolean;
};

export type EmbedRequest = Versioned & { readonly text: string };
export type EmbedReply = Answered & { readonly embedding: Embedding };

export type EmbedBatchRequest = Versioned & { readonly texts: readonly string[] };
export type EmbedBatchReply = Answered & { readonly embeddings: readonly Embedding[] };

export type SimilarityRequest = Versioned & { readonly a: string; readonly b: string };
/** `similarity` is the cosine, -1 to 1. */
export type SimilarityReply = Answered & { readonly similarity: number; readonly poorlyCovered: boolean };

/**
 * `branch` is the ontology branch, `types` the object types to keep (empty: all), `k` 1 to 1000. `mode` is vector,
 * trigram or hybrid; absent: vector where the model knows the query, else trigram.
 */
export type SearchRequest = Versioned & {
  readonly branch: string;
  readonly query: string;
  readonly k: number;
  readonly types: readonly string[];
  readonly mode?: string;
};
export type Hit = {
  readonly id: string;
  readonly type: string;
  readonly text: string;
  /** Cosine for a vector match, the share of the query's trigrams for a trigram match; in a hybrid search fused. */
  readonly score: number;
  /** What found it; in a hybrid search the ranking in which it stands higher. */
  readonly match: "vector" | "trigram";
};
export type SearchReply = Answered & { readonly hits: readonly Hit[]; readonly poorlyCovered: boolean };

/** An empty text makes the object unfindable. */
export type StoreRequest = Versioned & {
  readonly branch: string;
  readonly id: string;
  readonly type: string;
  readonly text: string;
};
export type StoreReply = Answered & {
  readonly outcome: "created" | "updated" | "deleted" | "unchanged";
  /** SHA-256 of the text, hex. */
  readonly textHash: string;
  /** What is stored, or in shadow would be; null when deleted. */
  readonly embedding: Embedding | null;
};
