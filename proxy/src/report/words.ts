import type { PairReport, Report } from "./report.ts";
import { sumSentence } from "./tables.ts";

export function confidenceOf({ standard }: Report): string {
  return `${Math.round((1 - standard.alpha) * 1000) / 10} %`;
}

export function periodOf({ days, lastCountedAt }: PairReport): string {
  const [first, last] = [days[0], days.at(-1)];
  const period = first === last ? first : `${first} to ${last}`;
  return `${period}, last counted ${new Date(lastCountedAt).toISOString()}`;
}

/** Whether the counts can be trusted, in as many sentences as it takes. */
export function countsSentences({ totals, contradictions }: Report): string[] {
  if (contradictions.length === 0) return [`Counts add up: ${sumSentence(totals)}`];
  return ["Counts do NOT add up:", ...contradictions];
}
