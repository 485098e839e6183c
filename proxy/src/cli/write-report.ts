import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toHtml } from "../report/html.ts";
import { toJson } from "../report/json.ts";
import { toMarkdown } from "../report/markdown.ts";
import type { Report } from "../report/report.ts";

/** Writes the report in every form that is kept, making the folder when it is missing; returns their paths as lines. */
export function writeReport(report: Report, folder: string): string {
  const files = {
    "report.html": toHtml(report),
    "report.md": toMarkdown(report),
    "report.json": toJson(report),
  };
  mkdirSync(folder, { recursive: true });
  const paths = Object.entries(files).map(([name, content]) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  });
  return `${paths.join("\n")}\n`;
}
