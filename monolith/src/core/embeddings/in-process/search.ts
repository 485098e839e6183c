import type { Hit } from "../port.ts";
import { fused, MOST_FUSED } from "./fusion.ts";
import type { View } from "./projection.ts";
import type { Question } from "./request.ts";
import { gramsOf, shareOf } from "./trigrams.ts";
import { cosine, type TextVector } from "./vector.ts";

/** The query's vector; a poorly covered one is no vector to search with. */
type Query = Pick<TextVector, "vector" | "poorlyCovered">;

/** The `k` best objects, found as `question.mode` says; without one by meaning where that can be, else by letters. */
export function search(view: View, question: Question, query: Query): Hit[] {
  const mode = question.mode ?? (query.poorlyCovered ? "trigram" : "vector");
  const vectorHits = (k: number) =>
    query.poorlyCovered ? [] : byVector(view, { ...question, k }, query.vector);
  const trigramHits = (k: number) => byTrigram(view, { ...question, k });
  if (mode === "vector") return vectorHits(question.k);
  if (mode === "trigram") return trigramHits(question.k);
  return fused(vectorHits(MOST_FUSED), trigramHits(MOST_FUSED)).slice(0, question.k);
}

/** The objects nearest to the query, by cosine over every well covered text. */
function byVector(view: View, question: Question, query: Float32Array): Hit[] {
  return nearest(question.k, hits(view, question, "vector", scoreByVector(view, query)));
}

/** The objects that share most trigrams with the query. */
function byTrigram(view: View, question: Question): Hit[] {
  const grams = gramsOf(question.query);
  const candidates = grams.length > 0 ? view.candidates(grams) : new Set<number>();
  const score: Score = ({ row, text }) => {
    const share = candidates.has(row) ? shareOf(grams, text) : 0;
    return share > 0 ? share : undefined;
  };
  return nearest(question.k, hits(view, question, "trigram", score));
}

type Scored = { readonly row: number; readonly text: string; readonly textHash: string };
/** Undefined: not a hit. */
type Score = (object: Scored) => number | undefined;

function scoreByVector(view: View, query: Float32Array): Score {
  return ({ textHash }) => {
    const stored = view.vector(textHash);
    return stored && !stored.poorlyCovered ? cosine(query, stored.vector) : undefined;
  };
}

function hits(view: View, { branch, types }: Question, match: Hit["match"], score: Score): Hit[] {
  const wanted = new Set(types);
  const found: Hit[] = [];
  for (const object of view.objects(branch)) {
    if (wanted.size > 0 && !wanted.has(object.type)) continue;
    const points = score(object);
    if (points === undefined) continue;
    found.push({ id: object.id, type: object.type, text: object.text, score: points, match });
  }
  return found;
}

function nearest(k: number, found: Hit[]): Hit[] {
  return found.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).slice(0, k);
}
