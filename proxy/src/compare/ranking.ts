import type { Comparison } from "../model/comparison.ts";

export type RankingOptions<Hit> = {
  readonly id: (hit: Hit) => string;
  readonly score: (hit: Hit) => number;
  /** How far the scores of one hit may lie apart; hits that close together may also change places. */
  readonly tolerance: number;
  /** Share of the hits both sides must have, ties at the cut aside; 1 when absent. */
  readonly overlap?: number;
};

type Place = { readonly rank: number; readonly score: number };
type Ranks = ReadonlyMap<string, Place>;

/** Compares two top-k lists: the same hits with the same scores, in the same order as far as scores tell them apart. */
export function ranking<Hit>(
  options: RankingOptions<Hit>,
): (authority: readonly Hit[], watched: readonly Hit[]) => Comparison {
  const ranksOf = (hits: readonly Hit[]): Ranks =>
    new Map(hits.map((hit, rank) => [options.id(hit), { rank, score: options.score(hit) }]));
  return (authority, watched) => {
    const because = difference(ranksOf(authority), ranksOf(watched), options);
    return because === undefined ? { outcome: "match" } : { outcome: "mismatch", because };
  };
}

type Slack = { readonly tolerance: number; readonly overlap?: number };

function difference(a: Ranks, b: Ranks, slack: Slack): string | undefined {
  if (a.size !== b.size) return `${a.size} hits against ${b.size}`;
  return missing(a, b, slack) ?? scored(a, b, slack) ?? moved(a, b, slack);
}

/** A hit that only one side has is a fault, unless it ties with the hit at the other side's cut. */
function missing(a: Ranks, b: Ranks, { tolerance, overlap = 1 }: Slack): string | undefined {
  const faults = [...only(a, b, tolerance), ...only(b, a, tolerance)];
  if (faults.length <= 2 * a.size * (1 - overlap)) return undefined;
  return `of one side alone: ${faults.slice(0, 4).join(", ")}`;
}

function only(a: Ranks, b: Ranks, tolerance: number): string[] {
  const cut = [...b.values()].at(-1)?.score ?? Number.NaN;
  return [...a].filter(([id, { score }]) => !b.has(id) && !close(score, cut, tolerance)).map(([id]) => id);
}

function scored(a: Ranks, b: Ranks, { tolerance }: Slack): string | undefined {
  for (const [id, { score }] of a) {
    const other = b.get(id)?.score ?? score;
    if (!close(score, other, tolerance)) return `${id} scores ${score} against ${other}`;
  }
  return undefined;
}

function moved(a: Ranks, b: Ranks, { tolerance }: Slack): string | undefined {
  const common = [...a].filter(([id]) => b.has(id));
  for (const [i, [id, { score }]] of common.entries()) {
    const next = common[i + 1];
    if (!next || close(score, next[1].score, tolerance)) continue;
    if ((b.get(id) as Place).rank > (b.get(next[0]) as Place).rank)
      return `${id} and ${next[0]} change places`;
  }
  return undefined;
}

function close(x: number, y: number, tolerance: number): boolean {
  return Object.is(x, y) || Math.abs(x - y) <= tolerance;
}
