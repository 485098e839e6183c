import type { Bench, Figure, Samples } from "./bench.ts";

/** The middle of the rounds, and the least and the most of them. */
export type Spread = { readonly median: number; readonly min: number; readonly max: number };

export type Summary = {
  readonly figure: string;
  readonly unit: string;
  readonly sides: Readonly<Record<string, Spread>>;
  /** How many times better our side is than each other, round by round. */
  readonly ratios: Readonly<Record<string, Spread>>;
  readonly aim: string | undefined;
  /** Undefined where there is no aim. */
  readonly met: boolean | undefined;
};

/** What the samples of a bench come to, in the order of its figures. */
export function summarise(bench: Bench, samples: Samples): Summary[] {
  const [ours, ...others] = bench.sides;
  return Object.entries(bench.figures).map(([name, figure]) => {
    const of = (side: string) => samples.get(name)?.get(side) ?? [];
    const present = bench.sides.filter((side) => of(side).length > 0);
    const ratios = others
      .filter((side) => present.includes(side) && present.includes(ours))
      .map((side) => [side, spread(ratiosOf(figure, of(ours), of(side)))] as const);
    const sides = Object.fromEntries(present.map((side) => [side, spread(of(side))]));
    const summary = { figure: name, unit: figure.unit, sides, ratios: Object.fromEntries(ratios) };
    return {
      ...summary,
      ...judge(
        figure,
        sides[ours],
        ratios.map(([, ratio]) => ratio),
      ),
    };
  });
}

/** Over 1: ours is better. Rounds are compared one by one, as both sides met the same weather in them. */
function ratiosOf({ better }: Figure, ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.slice(0, theirs.length).map((mine, round) => {
    const other = theirs[round] ?? Number.NaN;
    return better === "more" ? mine / other : other / mine;
  });
}

function judge({ aim, unit }: Figure, ours: Spread | undefined, ratios: readonly Spread[]) {
  if (!aim) return { aim: undefined, met: undefined };
  if ("ratio" in aim)
    return { aim: `≥ ${aim.ratio}×`, met: ratios.every(({ median }) => median >= aim.ratio) };
  const value = ours?.median ?? Number.NaN;
  if ("most" in aim) return { aim: `≤ ${aim.most} ${unit}`, met: value <= aim.most };
  return { aim: `≥ ${aim.least} ${unit}`, met: value >= aim.least };
}

/** Throws when there is no value. */
export function spread(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), min: Math.min(...values), max: Math.max(...values) };
}

/** The value at the share `q` (0 to 1) of the sorted values, between two of them where it falls there. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (low === undefined || high === undefined) throw new RangeError("there is no value");
  return low + (high - low) * (place - Math.floor(place));
}
