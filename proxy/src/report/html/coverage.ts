import type { MethodReport, StageReport } from "../report.ts";
import { count, everyStage, percent } from "../tables.ts";
import { html, type Markup, type Part } from "./markup.ts";

const WIDTH = 240;
const HEIGHT = 14;

/** What share of the calls was compared in each stage that watches, and why the rest was not. */
export function coverageTable(methods: readonly MethodReport[]): Part {
  const rows = everyStage(methods).filter(({ stage }) => stage.coverage !== undefined);
  if (rows.length === 0) return [];
  return html`<div class="wide"><table><caption>Calls that were compared, and why others were not</caption>
<thead><tr><th scope="col">method</th><th scope="col">stage</th><th scope="col" class="number">coverage</th>
<th scope="col">compared and lost</th><th scope="col">lost because</th></tr></thead>
<tbody>${rows.map(({ method, stage }) => row(method, stage))}</tbody></table></div>`;
}

function row(method: string, stage: StageReport): Markup {
  const lost = Object.entries(stage.lost).sort(([, a], [, b]) => b.calls - a.calls);
  const reasons = lost.map(([reason, { calls, bytes }]) => {
    const size = bytes > 0 ? html` <span class="hint">${sizeOf(bytes)}</span>` : [];
    return html`<li>${reason} <b>${count(calls)}</b>${size}</li>`;
  });
  return html`<tr><th scope="row"><code>${method}</code></th><td>${stage.stage}</td>
<td class="number">${percent(stage.coverage)}</td><td>${bar(stage)}</td>
<td>${reasons.length === 0 ? "–" : html`<ul class="reasons">${reasons}</ul>`}</td></tr>`;
}

function bar({ coverage = 0 }: StageReport): Markup {
  const compared = Math.round(coverage * WIDTH * 10) / 10;
  return html`<svg class="coverage" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${percent(coverage)} of the calls were compared.">
<rect class="lost" width="${WIDTH}" height="${HEIGHT}" rx="3"/><rect class="compared" width="${compared}" height="${HEIGHT}" rx="3"/></svg>`;
}

function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} kB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}
