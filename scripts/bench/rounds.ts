import type { Bench, Samples } from "./bench.ts";
import { type Summary, summarise } from "./summary.ts";

export type Rounds = {
  readonly rounds: number;
  readonly random: (seed: number) => () => number;
  readonly progress: (text: string) => void;
};

/**
 * Runs every step for every side in turn, round after round, so that what else the machine does meets all sides
 * alike; who goes first changes from round to round.
 */
export async function runBench(bench: Bench, options: Rounds): Promise<Summary[]> {
  const contest = await bench.open(options.progress);
  const samples: Samples = new Map();
  try {
    for (let round = 0; round < options.rounds; round++) {
      for (const [index, step] of contest.steps.entries()) {
        options.progress(`round ${round + 1} of ${options.rounds}: ${step.name}`);
        const seed = round * contest.steps.length + index;
        for (const side of inTurn(bench.sides, round)) {
          keep(samples, side, await step.run(side, options.random(seed)));
        }
      }
    }
  } finally {
    await contest.close();
  }
  return summarise(bench, samples);
}

/** The sides in the order of this round. */
export function inTurn<T>(sides: readonly T[], round: number): T[] {
  const first = round % sides.length;
  return [...sides.slice(first), ...sides.slice(0, first)];
}

function keep(samples: Samples, side: string, values: Readonly<Record<string, number>>): void {
  for (const [figure, value] of Object.entries(values)) {
    const bySide = samples.get(figure) ?? new Map<string, number[]>();
    samples.set(figure, bySide);
    bySide.set(side, [...(bySide.get(side) ?? []), value]);
  }
}
