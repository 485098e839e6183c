import type { PairView } from "../ledger/reader.ts";
import type { Tally } from "../ledger/tally.ts";
import type { Stage } from "../model/stage.ts";
import { watchedSide } from "../plan/plan.ts";
import { comparedIn, lostIn, madeIn, sumOf } from "./sums.ts";

/** What in the counts cannot be, in the ledger's own terms (`ledger/tally.ts`). */
export function contradictionsIn({ builds, methods }: PairView): string[] {
  const pair = `builds ${builds.inProcess} / ${builds.extracted}`;
  return methods.flatMap(({ method, stage, tally }) =>
    contradictions(tally, stage).map((what) => `${pair}, ${method} in ${stage}: ${what}`),
  );
}

function contradictions(tally: Tally, stage: Stage): string[] {
  const { calls, fallbacks } = tally;
  const numbers = [tally.passed, comparedIn(tally), lostIn(tally), madeIn(tally)];
  const counts = numbers.every((number) => Number.isSafeInteger(number) && number >= 0);
  const stranger = stage === "in-process" || stage === "shadow" ? "extracted" : "in-process";
  const strange = sumOf(calls[stranger]);
  const instead = sumOf(fallbacks);
  return [
    ...(counts ? [] : ["a count is no whole number"]),
    ...coverage(tally, stage),
    ...(strange === 0 ? [] : [`${strange} calls had ${stranger} as their authority`]),
    ...(instead <= calls.extracted.failure
      ? []
      : [`${instead} fallbacks for ${calls.extracted.failure} failed calls`]),
  ];
}

function coverage(tally: Tally, stage: Stage): string[] {
  const [made, compared, lost] = [madeIn(tally), comparedIn(tally), lostIn(tally)];
  if (watchedSide(stage)) {
    return made === compared + lost ? [] : [`${made} calls made, but ${compared} compared + ${lost} lost`];
  }
  const watched = sumOf(tally.watched["in-process"]) + sumOf(tally.watched.extracted);
  return compared + lost + watched === 0
    ? []
    : [`${compared + lost + watched} calls watched in a stage that watches none`];
}
