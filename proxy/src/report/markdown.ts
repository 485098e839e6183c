import type { PairReport, Report, WorstMismatch } from "./report.ts";
import { sumSentence, type Table, tablesOf } from "./tables.ts";
import { confidenceOf, countsSentences, periodOf } from "./words.ts";

/** The report as GitHub-flavoured Markdown. */
export function toMarkdown(report: Report): string {
  const body =
    report.pairs.length === 0
      ? ["Nothing was counted yet."]
      : [...report.pairs.flatMap((pair) => pairBlocks(report, pair)), ...countsSentences(report).map(inert)];
  return `${[`# ${report.capability}`, ...body].join("\n\n")}\n`;
}

function pairBlocks(report: Report, pair: PairReport): string[] {
  const { inProcess, extracted } = pair.builds;
  return [
    `## ${inert(inProcess)} and ${inert(extracted)}: ${pair.verdict}`,
    `In-process build ${inert(inProcess)}, extracted build ${inert(extracted)}, ${periodOf(pair)}.`,
    ...tablesOf(pair, confidenceOf(report)).flatMap((table) => [`### ${table.title}`, tableBlock(table)]),
    ...(pair.worst.length > 0 ? ["### Worst mismatches", ...pair.worst.flatMap(mismatchBlocks)] : []),
    ...(report.pairs.length > 1 ? [sumSentence(pair.totals)] : []),
  ];
}

function tableBlock({ columns, rows }: Table): string {
  const row = (cells: readonly string[]) => `| ${cells.map(inert).join(" | ")} |`;
  const rule = `|${columns.map(({ numbers }) => (numbers ? " ---: " : " --- ")).join("|")}|`;
  return [row(columns.map(({ name }) => name)), rule, ...rows.map(row)].join("\n");
}

function mismatchBlocks({ method, because, samples, example }: WorstMismatch): string[] {
  const { args, authority, watched, seed } = example;
  return [
    `**${inert(method)}** in ${example.stage}: ${inert(because)} (${samples} of the kept samples)`,
    `\`\`\`\`json\n${JSON.stringify({ args, authority, watched, seed }, null, 2)}\n\`\`\`\``,
  ];
}

/** What came out of a call may hold anything: it must not end a cell, start markup or break a line. */
function inert(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>|#]/g, "\\$&").replaceAll(/[\s\p{Cc}]+/gu, " ");
}
