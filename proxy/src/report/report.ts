import type { BreakerView } from "../ledger/fields.ts";
import type { Sample, Tally } from "../ledger/tally.ts";
import type { Builds, Side } from "../model/side.ts";
import type { Stage } from "../model/stage.ts";
import type { Judgement, Standard, Verdict } from "../verdict/verdict.ts";
import type { CurvePoint } from "./curve.ts";

/** Milliseconds; undefined where nothing was answered. */
export type Latency = {
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
  /** The cumulative distribution; empty where nothing was answered. */
  readonly curve: readonly CurvePoint[];
};

/** One method in one stage. */
export type StageReport = {
  readonly stage: Stage;
  /** Calls made, whatever became of them. */
  readonly calls: number;
  readonly authority: Side;
  /** Calls the authority failed to answer. */
  readonly errors: number;
  readonly fallbacks: Tally["fallbacks"];
  /** Calls the watched side failed to answer. */
  readonly watchedErrors: number;
  readonly compared: Tally["compared"];
  readonly lost: Tally["lost"];
  /** Compared calls over calls made; undefined in a stage that watches nothing. */
  readonly coverage: number | undefined;
  readonly latency: Readonly<Record<Side, Latency>>;
};

/** One method over all its stages; one that was never called has none. */
export type MethodReport = {
  readonly method: string;
  readonly stages: readonly StageReport[];
  readonly compared: number;
  readonly mismatches: number;
  /** Mismatches over compared calls; undefined when nothing was compared. */
  readonly rate: number | undefined;
  readonly control: Tally["control"];
  readonly judgement: Judgement;
};

/** Mismatches of one method for one reason, figures in it aside, with the newest as an example. */
export type WorstMismatch = {
  readonly method: string;
  readonly because: string;
  /** How many of the samples that were kept. */
  readonly samples: number;
  readonly example: Sample;
};

/** Sums over a pair's methods and stages. */
export type Totals = {
  readonly calls: number;
  readonly compared: number;
  readonly lost: number;
  /** Calls in stages that watch nothing. */
  readonly unwatched: number;
};

/** What was seen of one pair of builds. */
export type PairReport = {
  readonly builds: Builds;
  /** UTC dates, oldest first. */
  readonly days: readonly string[];
  /** Unix milliseconds. */
  readonly lastCountedAt: number;
  readonly verdict: Verdict;
  readonly methods: readonly MethodReport[];
  readonly totals: Totals;
  readonly breakers: readonly BreakerView[];
  readonly worst: readonly WorstMismatch[];
};

export type Report = {
  readonly capability: string;
  readonly standard: Standard;
  /** The pair counted last first. */
  readonly pairs: readonly PairReport[];
  readonly totals: Totals;
  /** Counts that contradict each other: a report with any is not to be trusted. */
  readonly contradictions: readonly string[];
};
