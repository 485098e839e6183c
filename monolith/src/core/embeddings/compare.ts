import { cosine } from "@oms/proxy/compare/cosine.ts";
import { ranking } from "@oms/proxy/compare/ranking.ts";
import type { Comparison } from "@oms/proxy/model/comparison.ts";
import type { Embedding, Hit, SearchReply, SearchRequest, SimilarityReply, StoreReply } from "./port.ts";

/** Two runtimes of one model agree to about 1e-6; a wrong model, tokenizer or text is far below this. */
const sameDirection = cosine(0.9999);
/** How far a similarity or a score may be off for the same reason. */
const TOLERANCE = 1e-4;

const MATCH: Comparison = { outcome: "match" };
/** A vector of pieces the model does not know says nothing about either side. */
const POORLY_COVERED: Comparison = { outcome: "skipped", because: "poorly covered" };

const mismatch = (because: string): Comparison => ({ outcome: "mismatch", because });

type Versioned = { readonly modelVersion: string };

/** The first field that differs; undefined when none does. */
function differing<T>(
  authority: T,
  watched: T,
  fields: readonly (keyof T & string)[],
): Comparison | undefined {
  const field = fields.find((name) => authority[name] !== watched[name]);
  return field && mismatch(`${field} is ${String(authority[field])} and ${String(watched[field])}`);
}

function compareEmbeddings(authority: Embedding, watched: Embedding): Comparison {
  const differs = differing(authority, watched, ["poorlyCovered", "truncated"]);
  if (differs) return differs;
  if (authority.poorlyCovered) return POORLY_COVERED;
  return sameDirection(authority.vector, watched.vector);
}

type One = Versioned & { readonly embedding: Embedding };

export function compareEmbed(authority: One, watched: One): Comparison {
  return (
    differing<Versioned>(authority, watched, ["modelVersion"]) ??
    compareEmbeddings(authority.embedding, watched.embedding)
  );
}

type Many = Versioned & { readonly embeddings: readonly Embedding[] };

/** A batch is evidence when one of its texts is. */
export function compareBatches(authority: Many, watched: Many): Comparison {
  const differs = differing<Versioned>(authority, watched, ["modelVersion"]);
  if (differs) return differs;
  if (authority.embeddings.length !== watched.embeddings.length)
    return mismatch(`embeddings are ${authority.embeddings.length} and ${watched.embeddings.length}`);
  let evidence = false;
  for (const [index, embedding] of authority.embeddings.entries()) {
    const other = watched.embeddings[index];
    const comparison = other ? compareEmbeddings(embedding, other) : MATCH;
    if (comparison.outcome === "mismatch") return mismatch(`embeddings[${index}]: ${comparison.because}`);
    evidence ||= comparison.outcome === "match";
  }
  return evidence ? MATCH : POORLY_COVERED;
}

export function compareSimilarities(authority: SimilarityReply, watched: SimilarityReply): Comparison {
  const differs = differing(authority, watched, ["modelVersion", "poorlyCovered"]);
  if (differs) return differs;
  if (authority.poorlyCovered) return POORLY_COVERED;
  return Math.abs(authority.similarity - watched.similarity) <= TOLERANCE
    ? MATCH
    : mismatch(`similarity is ${authority.similarity} and ${watched.similarity}`);
}

/** What is or would be stored, and what that does to the index. */
export function compareStores(authority: StoreReply, watched: StoreReply): Comparison {
  const differs = differing(authority, watched, ["modelVersion", "outcome", "textHash"]);
  if (differs) return differs;
  if (authority.embedding && watched.embedding)
    return compareEmbeddings(authority.embedding, watched.embedding);
  return authority.embedding === watched.embedding ? MATCH : mismatch("one side alone stores a vector");
}

const rankingWithin = (tolerance: number) =>
  ranking<Hit>({ id: ({ id }) => id, score: ({ score }) => score, tolerance });
const sameRanking = rankingWithin(TOLERANCE);
/** Cosines as good as equal may change places, and a place is worth up to 1/61 - 1/62 of a fused score. */
const sameFusion = rankingWithin(3e-4);

/**
 * The same hits with the same content; those whose scores are as good as equal may change places, and with their
 * places in a hybrid search which ranking has them higher.
 */
export function compareSearches(
  authority: SearchReply,
  watched: SearchReply,
  [{ mode }]: readonly [Pick<SearchRequest, "mode">],
): Comparison {
  const hybrid = mode === "hybrid";
  const differs = differing(authority, watched, ["modelVersion", "poorlyCovered"]);
  if (differs) return differs;
  if (authority.poorlyCovered) return POORLY_COVERED;
  const others = new Map(watched.hits.map((hit) => [hit.id, hit]));
  for (const hit of authority.hits) {
    const other = others.get(hit.id);
    const content = other && differing(hit, other, hybrid ? ["type", "text"] : ["type", "text", "match"]);
    if (content) return content;
  }
  return (hybrid ? sameFusion : sameRanking)(authority.hits, watched.hits);
}
