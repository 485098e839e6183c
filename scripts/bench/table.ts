import type { Spread, Summary } from "./summary.ts";

/** The summaries as a table in Markdown, which a terminal shows as well: medians, (least–most), ratios, aims. */
export function table(sides: readonly string[], summaries: readonly Summary[]): string {
  const others = sides.slice(1);
  const head = ["", ...sides, ...others.map((side) => `× ${side}`), "aim", ""];
  const rows = summaries.map(({ figure, unit, sides: values, ratios, aim = "", met }) => [
    `${figure}, ${unit}`,
    ...sides.map((side) => shown(values[side])),
    ...others.map((side) => shown(ratios[side])),
    aim,
    met === undefined ? "" : met ? "met" : "missed",
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

function shown(value: Spread | undefined): string {
  if (!value) return "–";
  const { median, min, max } = value;
  return `${digits(median)} (${digits(min)}–${digits(max)})`;
}

/** Three significant digits, and no more than the integer of what is larger. */
function digits(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3);
}
