import type { Side } from "../model/side.ts";
import type { MethodReport, PairReport, StageReport, Totals } from "./report.ts";
import { sumOf } from "./sums.ts";

/** Rows of text under named columns; a column of numbers is set to the right. */
export type Table = {
  readonly title: string;
  readonly columns: readonly { readonly name: string; readonly numbers: boolean }[];
  readonly rows: readonly (readonly string[])[];
};

export const SIDES: readonly Side[] = ["in-process", "extracted"];
const text = (name: string) => ({ name, numbers: false });
const number = (name: string) => ({ name, numbers: true });

/** Everything about a pair of builds that is told in rows; tables without rows are left out. */
export function tablesOf(pair: PairReport, confidence: string): Table[] {
  const all = [
    mismatchTable(pair.methods, confidence),
    callsTable(pair.methods),
    latencyTable(pair.methods),
    lossTable(pair.methods),
    breakerTable(pair),
  ];
  return all.filter(({ rows }) => rows.length > 0);
}

/** One sentence that shows the counts adding up. */
export function sumSentence({ calls, compared, lost, unwatched }: Totals): string {
  return `${count(calls)} calls = ${count(compared)} compared + ${count(lost)} lost + ${count(unwatched)} in a stage that watches none`;
}

export function count(value: number): string {
  return value.toLocaleString("en-US");
}

export function percent(share: number | undefined): string {
  if (share === undefined) return "–";
  return `${(100 * share).toFixed(share > 0 && share < 0.1 ? 2 : 1)} %`;
}

export function mismatchTable(methods: readonly MethodReport[], confidence: string): Table {
  return {
    title: "Mismatches",
    columns: [
      text("method"),
      number("compared"),
      number("mismatches"),
      number("rate"),
      number(`at most (${confidence})`),
      number("noise"),
      text("verdict"),
    ],
    rows: methods.map(({ method, compared, mismatches, rate, control, judgement }) => [
      method,
      count(compared),
      count(mismatches),
      percent(rate),
      percent(judgement.rate.upper),
      sumOf(control) === 0 ? "–" : `${count(control.mismatch)} of ${count(sumOf(control))}`,
      judgement.verdict,
    ]),
  };
}

export function callsTable(methods: readonly MethodReport[]): Table {
  return {
    title: "Calls",
    columns: [
      text("method"),
      text("stage"),
      text("authority"),
      ...[
        "calls",
        "errors",
        "fallbacks",
        "watched errors",
        "match",
        "noise",
        "mismatch",
        "lost",
        "coverage",
      ].map(number),
    ],
    rows: everyStage(methods).map(({ method, stage }) => [
      method,
      stage.stage,
      stage.authority,
      count(stage.calls),
      count(stage.errors),
      count(sumOf(stage.fallbacks)),
      count(stage.watchedErrors),
      count(stage.compared.match),
      count(stage.compared.noise),
      count(stage.compared.mismatch),
      count(Object.values(stage.lost).reduce((sum, lost) => sum + lost.calls, 0)),
      percent(stage.coverage),
    ]),
  };
}

export function latencyTable(methods: readonly MethodReport[]): Table {
  const rows = everyStage(methods).flatMap(({ method, stage }) =>
    SIDES.filter((side) => stage.latency[side].p50 !== undefined).map((side) => {
      const { p50, p95, p99 } = stage.latency[side];
      const role = side === stage.authority ? "authority" : "watched";
      return [method, stage.stage, side, role, milliseconds(p50), milliseconds(p95), milliseconds(p99)];
    }),
  );
  const columns = [...["method", "stage", "side", "role"].map(text), ...["p50", "p95", "p99"].map(number)];
  return { title: "Latency (ms)", columns, rows };
}

export function lossTable(methods: readonly MethodReport[]): Table {
  const rows = everyStage(methods).flatMap(({ method, stage }) =>
    Object.entries(stage.lost)
      .sort(([, a], [, b]) => b.calls - a.calls)
      .map(([reason, { calls: lost, bytes }]) => [method, stage.stage, reason, count(lost), count(bytes)]),
  );
  const columns = [...["method", "stage", "because"].map(text), ...["calls", "bytes"].map(number)];
  return { title: "Lost coverage", columns, rows };
}

export function breakerTable({ breakers: all }: PairReport): Table {
  const rows = all.map(({ method, opened, closed }) => [method, count(opened), count(closed)]);
  return { title: "Breakers", columns: [text("method"), number("opened"), number("closed")], rows };
}

export function everyStage(methods: readonly MethodReport[]): { method: string; stage: StageReport }[] {
  return methods.flatMap(({ method, stages }) => stages.map((stage) => ({ method, stage })));
}

export function milliseconds(value: number | undefined): string {
  if (value === undefined) return "–";
  return value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0);
}
