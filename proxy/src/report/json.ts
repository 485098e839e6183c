import type { Report } from "./report.ts";

/** The report for a program: its own fields, what is undefined left out. */
export function toJson(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
