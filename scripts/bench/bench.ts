/** A comparison, side by side on one machine in one run: `export const bench: Bench` of a file in scripts/bench/. */
export type Bench = {
  /** What is compared, in a sentence. */
  readonly summary: string;
  /** The first is ours. */
  readonly sides: readonly [string, string, ...string[]];
  readonly figures: Readonly<Record<string, Figure>>;
  readonly rounds: number;
  /** Starts what is measured; peers that are not there yet are installed. */
  readonly open: (progress: (text: string) => void) => Promise<Contest>;
};

export type Figure = {
  readonly unit: string;
  readonly better: "more" | "less";
  /** What our side should reach: `ratio` times better than the others, or `most` or `least` of the unit. */
  readonly aim?: { readonly ratio: number } | { readonly most: number } | { readonly least: number };
};

export type Contest = {
  /** Each is run once a round for every side. */
  readonly steps: readonly Step[];
  readonly close: () => Promise<void>;
};

/** Measures some of the figures for one side; `random` gives numbers from 0 up to 1, the same for every side. */
export type Step = {
  readonly name: string;
  readonly run: (side: string, random: () => number) => Promise<Readonly<Record<string, number>>>;
};

/** One value of every figure for each round, by figure and side. */
export type Samples = Map<string, Map<string, number[]>>;
