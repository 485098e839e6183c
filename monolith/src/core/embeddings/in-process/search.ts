import type { Hit, SearchRequest } from "../port.ts";
import type { View } from "./projection.ts";
import { gramsOf, shareOf } from "./trigrams.ts";
import { cosine } from "./vector.ts";

type Question = Pick<SearchRequest, "branch" | "types" | "k">;

/** The `k` objects nearest to `query`, by cosine over every well covered text. */
export function searchByVector(view: View, question: Question, query: Float32Array): Hit[] {
  return nearest(question.k, hits(view, question, "vector", scoreByVector(view, query)));
}

/** The `k` objects that share most trigrams with `query`. */
export function searchByTrigram(view: View, question: Question, query: string): Hit[] {
  const grams = gramsOf(query);
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
