import { coverageTable } from "./html/coverage.ts";
import { latencyCurves } from "./html/curves.ts";
import { html, type Markup, type Part } from "./html/markup.ts";
import { mismatchArticles } from "./html/mismatches.ts";
import { badge, rateTable } from "./html/rates.ts";
import { STYLE } from "./html/style.ts";
import { tableMarkup } from "./html/table.ts";
import type { PairReport, Report } from "./report.ts";
import { breakerTable, callsTable, count, latencyTable, percent, sumSentence } from "./tables.ts";
import { confidenceOf, countsSentences, periodOf, toleranceOf, verdictSentence } from "./words.ts";

/** Nothing is fetched and nothing runs, whatever a call contained: the page's own style is all it may use. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/** The report as one HTML page that needs nothing besides itself. */
export function toHtml(report: Report): string {
  const [latest, ...earlier] = report.pairs;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${report.capability}: ${latest?.verdict ?? "nothing was counted yet"}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${latest ? newest(report, latest) : html`<h1>${report.capability}</h1><p class="lead">Nothing was counted yet.</p>`}
${earlier.map((pair) => older(report, pair))}
${report.pairs.length > 0 ? html`<footer>${countsSentences(report).map((text) => html`<p>${text}</p>`)}</footer>` : []}
</main>
</body>
</html>
`;
  return page.text;
}

function newest(report: Report, pair: PairReport): Markup {
  const warning =
    report.contradictions.length > 0 ? html`<p class="warning">${countsSentences(report).join(" ")}</p>` : [];
  return html`<header><h1>${report.capability} ${badge(pair.verdict)}</h1>
<p class="lead">${verdictSentence(pair, report.standard)}</p>${builds(pair)}${warning}</header>${sections(report, pair)}`;
}

function older(report: Report, pair: PairReport): Markup {
  const { inProcess, extracted } = pair.builds;
  return html`<details class="older"><summary><h2>Earlier builds: ${inProcess} and ${extracted} ${badge(pair.verdict)}</h2></summary>
<p class="lead">${verdictSentence(pair, report.standard)}</p>${builds(pair)}${sections(report, pair)}</details>`;
}

function builds(pair: PairReport): Markup {
  return html`<dl><div><dt class="in-process">in-process build</dt><dd>${pair.builds.inProcess}</dd></div>
<div><dt class="extracted">extracted build</dt><dd>${pair.builds.extracted}</dd></div>
<div><dt>counted</dt><dd>${periodOf(pair)}</dd></div></dl>`;
}

function sections(report: Report, pair: PairReport): Markup {
  const { methods } = pair;
  const { title, ...latencies } = latencyTable(methods);
  return html`${tiles(pair)}
<section><h3>Do the sides agree?</h3>
<p class="hint">The rate of mismatches with the bounds it lies between, with ${confidenceOf(report)} confidence,
however often one looks. The upright line is the tolerance of ${toleranceOf(report.standard.tolerance)}.</p>
${rateTable(methods, report.standard, confidenceOf(report))}</section>
${mismatchArticles(pair.worst)}
${section(
  "Is it as fast?",
  [
    html`<p class="hint">The share of calls that each side answered within a time. Solid: the side that had authority; dashed:
the watched side.</p>`,
    latencyCurves(methods),
    html`<details><summary>Figures</summary>${tableMarkup({ title, ...latencies })}</details>`,
  ],
  latencies.rows.length > 0,
)}
${section("How much was compared?", [coverageTable(methods)], pair.totals.compared + pair.totals.lost > 0)}
<section><h3>All calls</h3>${tableMarkup(callsTable(methods))}${tableMarkup(breakerTable(pair))}
<p class="hint">${sumSentence(pair.totals)}.</p></section>`;
}

function section(title: string, content: Part, shown: boolean): Part {
  return shown ? html`<section><h3>${title}</h3>${content}</section>` : [];
}

function tiles({ totals, methods }: PairReport): Markup {
  const stages = methods.flatMap((method) => method.stages);
  const sum = (of: (stage: (typeof stages)[number]) => number) =>
    stages.reduce((total, stage) => total + of(stage), 0);
  const watched = totals.compared + totals.lost;
  const tile = (value: string, name: string) => html`<li><b>${value}</b> ${name}</li>`;
  return html`<ul class="tiles">${[
    tile(count(totals.calls), "calls"),
    tile(
      count(totals.compared),
      watched > 0 ? `compared, ${percent(totals.compared / watched)} of those watched` : "compared",
    ),
    tile(count(methods.reduce((total, { mismatches }) => total + mismatches, 0)), "mismatches"),
    tile(count(sum(({ errors }) => errors)), "not answered by their authority"),
    tile(
      count(sum(({ fallbacks }) => Object.values(fallbacks).reduce((a, b) => a + b, 0))),
      "of them answered in-process instead",
    ),
  ]}</ul>`;
}
