import type { PairReport, Report, WorstMismatch } from "./report.ts";
import { sumSentence, type Table, tablesOf } from "./tables.ts";
import { confidenceOf, countsSentences, periodOf } from "./words.ts";

/** Longest line of a sample's value. */
const VALUE_WIDTH = 160;

/** The report as lines for a terminal. */
export function toTerminal(report: Report): string {
  if (report.pairs.length === 0) return `${report.capability}: nothing was counted yet\n`;
  const lines = [
    ...report.pairs.flatMap((pair) => [...pairLines(report, pair), ""]),
    ...countsSentences(report),
  ];
  return `${lines.join("\n")}\n`;
}

/** Columns as wide as their widest cell, numbers to the right. */
export function tableLines({ columns, rows }: Table): string[] {
  const cells = [columns.map(({ name }) => name), ...rows];
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)));
  return cells.map((row) =>
    columns
      .map(({ numbers }, at) => {
        const [cell, width] = [row[at] ?? "", widths[at] ?? 0];
        return numbers ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
}

function pairLines(report: Report, pair: PairReport): string[] {
  const { inProcess, extracted } = pair.builds;
  return [
    `${report.capability}: ${pair.verdict}`,
    `in-process build ${inProcess}, extracted build ${extracted}, ${periodOf(pair)}`,
    ...tablesOf(pair, confidenceOf(report)).flatMap((table) => [
      "",
      table.title,
      ...indent(tableLines(table)),
    ]),
    ...(pair.worst.length > 0 ? ["", "Worst mismatches", ...indent(pair.worst.flatMap(mismatchLines))] : []),
    ...(report.pairs.length > 1 ? ["", sumSentence(pair.totals)] : []),
  ];
}

function mismatchLines({ method, because, samples, example }: WorstMismatch): string[] {
  const shown = (name: string, value: unknown) => {
    const json = value === undefined ? "nothing" : JSON.stringify(value);
    return `  ${name.padEnd(9)}  ${json.length > VALUE_WIDTH ? `${json.slice(0, VALUE_WIDTH)}…` : json}`;
  };
  return [
    `${method} in ${example.stage}: ${because.replaceAll(/\p{Cc}/gu, " ")} (${samples} of the kept samples, seed ${example.seed})`,
    shown("arguments", example.args),
    shown("authority", example.authority),
    shown("watched", example.watched),
  ];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
