import type { Hit } from "../port.ts";

/** Of each ranking: as many as a search may ask for. */
export const MOST_FUSED = 1000;

/** What a rank is worth: reciprocal rank fusion with its usual 60, under which no ranking decides alone. */
const worth = (rank: number) => 1 / (60 + rank);

/**
 * Two rankings, best first, as one: scored by what an object's ranks are worth together, ties by id. The object is
 * said to be found by the ranking that has it higher, by `first` when both have it at the same rank.
 */
export function fused(first: readonly Hit[], second: readonly Hit[]): Hit[] {
  const ranks = new Map(second.map(({ id }, index) => [id, index + 1]));
  const inFirst = first.map((hit, index): Hit => {
    const [here, there] = [index + 1, ranks.get(hit.id)];
    if (there === undefined) return { ...hit, score: worth(here) };
    const higher = here <= there ? hit : (second[there - 1] ?? hit);
    return { ...higher, score: worth(here) + worth(there) };
  });
  const known = new Set(first.map(({ id }) => id));
  const inSecond = second.flatMap((hit, index) =>
    known.has(hit.id) ? [] : [{ ...hit, score: worth(index + 1) }],
  );
  return [...inFirst, ...inSecond].sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}
