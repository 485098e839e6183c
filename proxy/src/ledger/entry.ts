import type { Failure, Observation } from "../model/observation.ts";
import type { Stage } from "../model/stage.ts";

/** What became of the comparison of a call that had a watched side by its stage. */
export type Result =
  | { readonly outcome: "match" | "noise" | "mismatch" }
  | { readonly outcome: "lost"; readonly reason: string; readonly bytes: number };

/** Everything about one call, counted at once. */
export type Entry = {
  readonly method: string;
  readonly stage: Stage;
  readonly authority: Observation<unknown>;
  /** Why in-process answered in place of the authority. */
  readonly fallback?: Failure | undefined;
  readonly watched?: Observation<unknown> | undefined;
  readonly result?: Result | undefined;
  /** Whether the in-process side agreed with itself. */
  readonly control?: "match" | "mismatch" | undefined;
};
