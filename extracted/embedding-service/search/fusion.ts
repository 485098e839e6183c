import type { Hit } from "../port.ts";

/** How many of each ranking are fused: as many as can be asked for. */
export const FUSED = 1000;
/** Cormack, Clarke and Büttcher, SIGIR 2009: keeps the first few of one ranking from deciding alone. */
const SMOOTHING = 60;

/**
 * Reciprocal rank fusion: the `k` best of several rankings, each best first, by the sum of 1 / (60 + rank); ties by id
 * in the order of code units. A hit says it was found by the ranking in which it stands highest, the first of them
 * when that is several.
 */
export function fuse(rankings: readonly (readonly Hit[])[], k: number): Hit[] {
  const fused = new Map<string, { readonly hit: Hit; readonly rank: number; readonly score: number }>();
  for (const ranking of rankings)
    ranking.forEach((hit, index) => {
      const rank = index + 1;
      const before = fused.get(hit.id);
      const best = before && before.rank <= rank ? before : { hit, rank };
      const score = (before?.score ?? 0) + 1 / (SMOOTHING + rank);
      fused.set(hit.id, { hit: best.hit, rank: best.rank, score });
    });
  return [...fused.values()]
    .map(({ hit, score }) => ({ ...hit, score }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
    .slice(0, k);
}
