import { nameOf } from "../model/error.ts";
import type { Observation, Outcome } from "../model/observation.ts";
import type { Stage } from "../model/stage.ts";
import { redact } from "./redact.ts";
import type { Sample } from "./tally.ts";

/** Characters of JSON a sample may take for each of arguments and answers. */
const LENGTH_KEPT = 4000;

/** A mismatch as it was seen. */
export type Mismatch = {
  readonly method: string;
  readonly stage: Stage;
  readonly because: string;
  readonly args: readonly unknown[];
  readonly authority: Observation<unknown>;
  readonly watched: Observation<unknown>;
};

export type Redact = (value: unknown, seed: number) => unknown;

/** What may be kept of a mismatch: redacted, and no longer than a few thousand characters. */
export function sampleOf(mismatch: Mismatch, seed: number, redactValue: Redact = redact): Sample {
  const { method, stage, because, args, authority, watched } = mismatch;
  const show = (value: unknown) => kept(value, seed, redactValue);
  return {
    at: Date.now(),
    method,
    stage,
    because: because.slice(0, LENGTH_KEPT),
    seed,
    args: show(args),
    authority: shown(authority.outcome, show),
    watched: shown(watched.outcome, show),
  };
}

function shown(outcome: Outcome<unknown>, show: (value: unknown) => unknown): unknown {
  return outcome.kind === "value"
    ? { value: show(outcome.value) }
    : { [outcome.kind]: nameOf(outcome.error) };
}

/** What a sample with this seed keeps of a value: the same for the same value, so that a sample's call can be found again. */
export function kept(value: unknown, seed: number, redactValue: Redact = redact): unknown {
  const redacted = redactValue(value, seed);
  const text = String(JSON.stringify(redacted));
  return text.length <= LENGTH_KEPT ? redacted : `${text.slice(0, LENGTH_KEPT)}…`;
}
