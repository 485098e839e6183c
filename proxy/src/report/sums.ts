import type { Tally } from "../ledger/tally.ts";

export function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Calls made. */
export function madeIn({ passed, calls }: Tally): number {
  return passed + sumOf(calls["in-process"]) + sumOf(calls.extracted);
}

export function comparedIn({ compared }: Tally): number {
  return sumOf(compared);
}

export function lostIn({ lost }: Tally): number {
  return Object.values(lost).reduce((sum, { calls }) => sum + calls, 0);
}
