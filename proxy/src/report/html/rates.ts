import type { Standard } from "../../verdict/verdict.ts";
import type { MethodReport } from "../report.ts";
import { mismatchTable, percent } from "../tables.ts";
import { toleranceOf } from "../words.ts";
import { html, type Markup, type Part } from "./markup.ts";

const WIDTH = 200;
const HEIGHT = 18;
/** Rates below this are drawn at the left edge: the scale is logarithmic. */
const LEAST = 1e-4;
const AXIS = html`<span class="axis" style="width:${WIDTH}px">0 to 100 %, logarithmic</span>`;

/** Every method's mismatch rate with its bounds, as figures and as an interval beside the tolerance. */
export function rateTable(methods: readonly MethodReport[], standard: Standard, confidence: string): Part {
  const { columns, rows } = mismatchTable(methods, confidence);
  return html`<div class="wide"><table><caption>Mismatch rates and their bounds</caption><thead><tr>${columns.map(
    ({ name, numbers }) => html`<th scope="col"${numbers ? html` class="number"` : []}>${name}</th>`,
  )}<th scope="col">${AXIS}</th></tr></thead>
<tbody>${methods.map((method, at) => row(rows[at] ?? [], { method, standard, columns }))}</tbody></table></div>`;
}

type Row = {
  readonly method: MethodReport;
  readonly standard: Standard;
  readonly columns: readonly { readonly numbers: boolean }[];
};

function row([name = "", ...cells]: readonly string[], { method, standard, columns }: Row): Markup {
  const filled = cells.map((cell, at) => {
    if (at === cells.length - 1) return html`<td>${verdictBadge(method)}</td>`;
    return columns[at + 1]?.numbers ? html`<td class="number">${cell}</td>` : html`<td>${cell}</td>`;
  });
  return html`<tr><th scope="row"><code>${name}</code></th>${filled}<td>${interval(method, standard)}</td></tr>`;
}

function verdictBadge({ judgement }: MethodReport): Markup {
  return badge(judgement.verdict);
}

/** A verdict with a sign, so that colour is not all that tells it. */
export function badge(verdict: MethodReport["judgement"]["verdict"]): Markup {
  const sign = { equivalent: "✓", different: "≠", "not enough evidence": "…" }[verdict];
  return html`<span class="verdict ${verdict.replaceAll(" ", "-")}"><span aria-hidden="true">${sign}</span> ${verdict}</span>`;
}

function interval({ judgement, rate }: MethodReport, { tolerance }: Standard): Markup {
  const { lower, upper } = judgement.rate;
  const middle = HEIGHT / 2;
  const dot = rate === undefined ? [] : html`<circle cx="${across(rate)}" cy="${middle}" r="4"/>`;
  const words = `Between ${percent(lower)} and ${percent(upper)}; the tolerance is ${toleranceOf(tolerance)}.`;
  return html`<svg class="interval" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${words}">
<path class="tolerance" d="M${across(tolerance)} 0V${HEIGHT}"/>
<path class="bounds" d="M${across(lower)} ${middle}H${across(upper)}"/>${dot}</svg>`;
}

function across(rate: number): number {
  const share = 1 - Math.log10(Math.max(rate, LEAST)) / Math.log10(LEAST);
  return Math.round((5 + share * (WIDTH - 10)) * 10) / 10;
}
