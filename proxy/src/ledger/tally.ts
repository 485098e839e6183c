import type { Failure } from "../model/observation.ts";
import type { Side } from "../model/side.ts";
import type { Histogram } from "./histogram.ts";

/** What one side did, by kind of outcome. */
export type Outcomes = { readonly value: number; readonly answer: number; readonly failure: number };

/**
 * What was counted for one method in one stage. It always adds up, also while calls are under way, because a
 * call is counted once, when everything about it is known:
 *
 * - calls made = `passed` + the sum of `calls` over sides and outcomes;
 * - in stages shadow and live: calls made = the sum of `compared` + the sum of `lost` calls;
 * - in stages in-process and complete: `compared`, `lost`, `watched` and `control` are empty;
 * - `fallbacks` sum up to at most `calls.extracted.failure`: each is such a call that in-process answered.
 */
export type Tally = {
  /** Calls handed to the in-process side without looking at the outcome: stage in-process. */
  readonly passed: number;
  /** By the side that had authority, whoever answered in the end. */
  readonly calls: Readonly<Record<Side, Outcomes>>;
  readonly fallbacks: Readonly<Record<Failure, number>>;
  readonly watched: Readonly<Record<Side, Outcomes>>;
  readonly compared: { readonly match: number; readonly noise: number; readonly mismatch: number };
  /** Lost coverage by reason; bytes are the size of the arguments, where it was known. */
  readonly lost: Readonly<Record<string, { readonly calls: number; readonly bytes: number }>>;
  /** The in-process side compared with itself on a share of the calls: its own noise. */
  readonly control: { readonly match: number; readonly mismatch: number };
  /** Of the calls that were answered, as authority or watched. */
  readonly latency: Readonly<Record<Side, Histogram>>;
};

/** A mismatch, redacted: arguments, answers and reason are fit to be read by anyone who reads reports. */
export type Sample = {
  /** Unix milliseconds. */
  readonly at: number;
  readonly method: string;
  readonly stage: string;
  readonly because: string;
  /** What the redaction was salted with: the same call gives the same sample again. */
  readonly seed: number;
  readonly args: unknown;
  readonly authority: unknown;
  readonly watched: unknown;
};

type Mutable<T> =
  T extends ReadonlyMap<infer K, infer V>
    ? Map<K, V>
    : T extends object
      ? { -readonly [K in keyof T]: Mutable<T[K]> }
      : T;

export type MutableTally = Mutable<Tally>;

export function emptyTally(): MutableTally {
  const outcomes = () => ({ value: 0, answer: 0, failure: 0 });
  return {
    passed: 0,
    calls: { "in-process": outcomes(), extracted: outcomes() },
    fallbacks: { error: 0, deadline: 0, "breaker open": 0 },
    watched: { "in-process": outcomes(), extracted: outcomes() },
    compared: { match: 0, noise: 0, mismatch: 0 },
    lost: {},
    control: { match: 0, mismatch: 0 },
    latency: { "in-process": new Map(), extracted: new Map() },
  };
}
