import type { Failure, Observation, Outcome } from "../model/observation.ts";
import type { Side } from "../model/side.ts";
import { BreakerOpen } from "./breaker.ts";
import { DeadlinePassed } from "./deadline.ts";

/** Runs one call of one side and says what happened; never rejects. */
export async function observe<R>(
  side: Side,
  run: () => Promise<R>,
  isAnswer: (error: unknown) => boolean,
): Promise<Observation<R>> {
  const startedAt = performance.now();
  const outcome = await outcomeOf(run, isAnswer);
  return { side, durationMs: performance.now() - startedAt, outcome };
}

async function outcomeOf<R>(
  run: () => Promise<R>,
  isAnswer: (error: unknown) => boolean,
): Promise<Outcome<R>> {
  try {
    return { kind: "value", value: await run() };
  } catch (error) {
    if (isAnswer(error)) return { kind: "answer", error };
    return { kind: "failure", failure: failureOf(error), error };
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof DeadlinePassed) return "deadline";
  return error instanceof BreakerOpen ? "breaker open" : "error";
}
