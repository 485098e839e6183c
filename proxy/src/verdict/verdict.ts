import { type Bounds, type Count, rateBounds } from "./bounds.ts";

export type Verdict = "equivalent" | "different" | "not enough evidence";

export type Evidence = {
  /** Mismatches among the calls that were compared. */
  readonly compared: Count;
  /** Mismatches of the in-process side with itself: noise that is nobody's fault. */
  readonly control: Count;
};

export type Standard = {
  /** Highest mismatch rate in excess of noise that still counts as equivalent. */
  readonly tolerance: number;
  /** Highest probability of ever being wrong, however often one looks. */
  readonly alpha: number;
};

export const DEFAULT_STANDARD: Standard = { tolerance: 0.01, alpha: 0.05 };

export type Judgement = {
  readonly verdict: Verdict;
  /** Of the mismatch rate itself. */
  readonly rate: Bounds;
  /** Of the mismatch rate in excess of noise. */
  readonly excess: Bounds;
};

/** What the evidence says of one method. Silence is never equivalence: nothing compared is not enough evidence. */
export function judge({ compared, control }: Evidence, { tolerance, alpha }: Standard): Judgement {
  const rate = rateBounds(compared, alpha / 2);
  const noise = rateBounds(control, alpha / 2);
  const excess = {
    // A module that never contradicted itself has no noise to excuse a difference with.
    lower: Math.max(0, rate.lower - (control.hits > 0 ? noise.upper : 0)),
    upper: Math.max(0, rate.upper - noise.lower),
  };
  return { verdict: verdictOn(excess, tolerance), rate, excess };
}

function verdictOn({ lower, upper }: Bounds, tolerance: number): Verdict {
  if (lower > tolerance) return "different";
  return upper < tolerance ? "equivalent" : "not enough evidence";
}

/** A capability is as good as the worst of its methods. */
export function worstOf(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("different")) return "different";
  const all = verdicts.length > 0 && verdicts.every((verdict) => verdict === "equivalent");
  return all ? "equivalent" : "not enough evidence";
}
