import { type Histogram, quantileMs } from "../ledger/histogram.ts";
import type { LedgerView, MethodView, PairView } from "../ledger/reader.ts";
import type { Sample } from "../ledger/tally.ts";
import { planFor, watchedSide } from "../plan/plan.ts";
import { judge, type Standard, worstOf } from "../verdict/verdict.ts";
import { contradictionsIn } from "./contradictions.ts";
import { curveOf } from "./curve.ts";
import type {
  Latency,
  MethodReport,
  PairReport,
  Report,
  StageReport,
  Totals,
  WorstMismatch,
} from "./report.ts";
import { comparedIn, lostIn, madeIn, sumOf } from "./sums.ts";

const WORST_KEPT = 5;

/** What the ledger says of a capability, judged by `standard`. */
export function buildReport(view: LedgerView, standard: Standard): Report {
  const pairs = view.pairs.map((pair) => pairReport(pair, standard));
  return {
    capability: view.capability,
    standard,
    pairs,
    totals: addUp(pairs.map(({ totals }) => totals)),
    contradictions: view.pairs.flatMap(contradictionsIn),
  };
}

function pairReport(pair: PairView, standard: Standard): PairReport {
  const byMethod = Map.groupBy(pair.methods, ({ method }) => method);
  const names = new Set([...byMethod.keys(), ...pair.known.toSorted((a, b) => a.localeCompare(b))]);
  const methods = [...names].map((method) => methodReport(method, byMethod.get(method) ?? [], standard));
  return {
    builds: pair.builds,
    days: pair.days,
    lastCountedAt: pair.lastCountedAt,
    verdict: worstOf(methods.map(({ judgement }) => judgement.verdict)),
    methods,
    totals: addUp(pair.methods.map(totalsOf)),
    breakers: pair.breakers,
    worst: worstMismatches(pair.samples),
  };
}

function methodReport(method: string, views: readonly MethodView[], standard: Standard): MethodReport {
  const sum = (count: (view: MethodView) => number) => views.reduce((total, view) => total + count(view), 0);
  const compared = sum(({ tally }) => comparedIn(tally));
  const mismatches = sum(({ tally }) => tally.compared.mismatch);
  const control = {
    match: sum(({ tally }) => tally.control.match),
    mismatch: sum(({ tally }) => tally.control.mismatch),
  };
  return {
    method,
    stages: views.map(stageReport),
    compared,
    mismatches,
    rate: compared === 0 ? undefined : mismatches / compared,
    control,
    judgement: judge(
      {
        compared: { hits: mismatches, trials: compared },
        control: { hits: control.mismatch, trials: sumOf(control) },
      },
      standard,
    ),
  };
}

function stageReport({ stage, tally }: MethodView): StageReport {
  const { authority } = planFor({ stage, effect: "read", admitted: true });
  const calls = madeIn(tally);
  return {
    stage,
    calls,
    authority,
    errors: tally.calls[authority].failure,
    fallbacks: tally.fallbacks,
    watchedErrors: tally.watched["in-process"].failure + tally.watched.extracted.failure,
    compared: tally.compared,
    lost: tally.lost,
    coverage: watchedSide(stage) && calls > 0 ? comparedIn(tally) / calls : undefined,
    latency: {
      "in-process": latencyOf(tally.latency["in-process"]),
      extracted: latencyOf(tally.latency.extracted),
    },
  };
}

function latencyOf(histogram: Histogram): Latency {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantileMs(histogram, share));
  return { p50, p95, p99, curve: curveOf(histogram) };
}

function totalsOf({ stage, tally }: MethodView): Totals {
  const calls = madeIn(tally);
  const unwatched = watchedSide(stage) ? 0 : calls;
  return { calls, compared: comparedIn(tally), lost: lostIn(tally), unwatched };
}

function addUp(all: readonly Totals[]): Totals {
  const sum = (name: keyof Totals) => all.reduce((total, totals) => total + totals[name], 0);
  return { calls: sum("calls"), compared: sum("compared"), lost: sum("lost"), unwatched: sum("unwatched") };
}

function worstMismatches(samples: readonly Sample[]): WorstMismatch[] {
  const groups = Map.groupBy(samples, ({ method, because }) => JSON.stringify([method, kindOf(because)]));
  return [...groups.values()]
    .flatMap((group) => {
      const [example] = group;
      return example
        ? [{ method: example.method, because: example.because, samples: group.length, example }]
        : [];
    })
    .sort((a, b) => b.samples - a.samples)
    .slice(0, WORST_KEPT);
}

/** A cosine of 0.91 and one of 0.92 are one reason, and so are the third and the seventh of a batch. */
function kindOf(because: string): string {
  return because.replaceAll(/\d+(?:\.\d+)?(?:e[+-]?\d+)?/g, "#");
}
