import type { Comparison } from "../model/comparison.ts";
import { nameOf } from "../model/error.ts";
import type { Observation } from "../model/observation.ts";
import { compareErrors } from "./errors.ts";

/**
 * Values are compared as the method says, errors with errors; a side that failed or refused where the other
 * answered is a mismatch. A comparator that throws throws here.
 */
export function compareOutcomes(
  authority: Observation<unknown>,
  watched: Observation<unknown>,
  compareValues: (authority: unknown, watched: unknown) => Comparison,
): Comparison {
  const a = authority.outcome;
  const b = watched.outcome;
  if (a.kind === "value" && b.kind === "value") return compareValues(a.value, b.value);
  if (a.kind !== "value" && b.kind === a.kind) return compareErrors(a.error, b.error);
  return { outcome: "mismatch", because: `${tell(authority)}, ${tell(watched)}` };
}

function tell({ side, outcome }: Observation<unknown>): string {
  if (outcome.kind === "value") return `${side} answered`;
  if (outcome.kind === "answer") return `${side} refused (${nameOf(outcome.error)})`;
  return `${side} failed (${outcome.failure === "error" ? nameOf(outcome.error) : outcome.failure})`;
}
