import type { Side } from "./side.ts";

/** Why a side said nothing. */
export type Failure = "error" | "deadline" | "breaker open";

/** `answer` is an error that is what the side has to say: a validation error, not found. */
export type Outcome<R> =
  | { readonly kind: "value"; readonly value: R }
  | { readonly kind: "answer"; readonly error: unknown }
  | { readonly kind: "failure"; readonly failure: Failure; readonly error: unknown };

/** What one side did with one call. */
export type Observation<R> = {
  readonly side: Side;
  readonly durationMs: number;
  readonly outcome: Outcome<R>;
};
