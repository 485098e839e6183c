import type { Standard, Verdict } from "../verdict/verdict.ts";
import type { PairReport, Report } from "./report.ts";
import { percent, sumSentence } from "./tables.ts";

export function confidenceOf({ standard }: Report): string {
  return `${Math.round((1 - standard.alpha) * 1000) / 10} %`;
}

export function periodOf({ days, lastCountedAt }: PairReport): string {
  const [first, last] = [days[0], days.at(-1)];
  const period = first === last ? first : `${first} to ${last}`;
  return `${period}, last counted ${momentOf(lastCountedAt)}`;
}

/** Unix milliseconds as a person reads them. */
export function momentOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** Whether the counts can be trusted, in as many sentences as it takes. */
export function countsSentences({ totals, contradictions }: Report): string[] {
  if (contradictions.length === 0) return [`Counts add up: ${sumSentence(totals)}`];
  return ["Counts do NOT add up:", ...contradictions];
}

/** The verdict on a pair of builds in words: what is known of its methods, and what is not. */
export function verdictSentence({ verdict, methods }: PairReport, { tolerance }: Standard): string {
  const shares = (wanted: Verdict, bound: "lower" | "upper") =>
    methods
      .filter(({ judgement }) => judgement.verdict === wanted)
      .map(({ method, judgement }) => `${percent(judgement.excess[bound])} of ${method} calls`)
      .join(", ");
  const limit = `the tolerance is ${toleranceOf(tolerance)}`;
  switch (verdict) {
    case "equivalent":
      return `Both sides answer alike: beyond noise, at most ${shares(verdict, "upper")} differ; ${limit}.`;
    case "different":
      return `The sides do not answer alike: beyond noise, at least ${shares(verdict, "lower")} differ; ${limit}.`;
    case "not enough evidence":
      return methods.some(({ compared }) => compared > 0)
        ? `It cannot be told yet: beyond noise, up to ${shares(verdict, "upper")} may differ; ${limit}.`
        : "It cannot be told yet: no call was compared.";
  }
}

export function toleranceOf(tolerance: number): string {
  return `${Number((100 * tolerance).toPrecision(3))} %`;
}
