import type { Sample } from "../../ledger/tally.ts";
import type { WorstMismatch } from "../report.ts";
import { count } from "../tables.ts";
import { momentOf } from "../words.ts";
import { type Field, fieldsOf, piecesOf } from "./difference.ts";
import { html, type Markup, type Part } from "./markup.ts";

/** Rows of a difference: of the fields that differ, and of the equal ones around them. */
const DIFFERING_SHOWN = 40;
const EQUAL_SHOWN = 8;
const ARGUMENTS_SHOWN = 8;

/** The worst mismatches of a pair, each with both answers side by side; the fields that differ are marked. */
export function mismatchArticles(worst: readonly WorstMismatch[]): Part {
  if (worst.length === 0) return [];
  return html`<section><h3>Worst mismatches</h3>
<p class="hint">Grouped by reason, most frequent first, with the newest kept sample of each. Texts are hidden
behind their length and a salted hash, vectors are summed up; who holds the original calls can make them again with
<code>strangler replay</code>.</p>
${worst.map(article)}</section>`;
}

function article({ method, because, samples, example }: WorstMismatch): Markup {
  const sides = example.stage === "live" ? ["extracted", "in-process"] : ["in-process", "extracted"];
  const fields = answersOf(example);
  const args = argumentsOf(example.args);
  return html`<article>
<h4><code>${method}</code> in ${example.stage}: ${because}</h4>
<p class="hint">${samples === 1 ? "1 kept sample" : `${count(samples)} kept samples`} · the newest of
${momentOf(example.at)} · seed ${example.seed}</p>
<div class="wide"><table class="difference">
<caption>Arguments and answers, field by field</caption>
<thead><tr><th scope="col">field</th><th scope="col"><span class="${sides[0] ?? ""}">${sides[0] ?? ""}</span>, authority</th>
<th scope="col"><span class="${sides[1] ?? ""}">${sides[1] ?? ""}</span>, watched</th></tr></thead>
<tbody>${args.map(argument)}</tbody>
<tbody>${answers(fields)}</tbody></table></div></article>`;
}

/** A side that said nothing, or refused, differs as a whole: field by field it would only be long. */
function answersOf({ authority, watched }: Sample): Field[] {
  const [a, b] = [outcomeOf(authority), outcomeOf(watched)];
  if (a.kind === b.kind) return fieldsOf(authority, watched);
  return [{ path: "outcome", authority: a.words, watched: b.words, differs: true }];
}

/** As `sampleOf` keeps it. */
function outcomeOf(kept: unknown): { kind: string; words: string } {
  const [[kind, detail] = ["value", ""]] = Object.entries(kept ?? {});
  if (kind === "value") return { kind, words: "answered" };
  return { kind, words: `${kind === "answer" ? "refused" : "failed"}: ${detail}` };
}

/** Most methods take one argument, and then it needs no number. */
function argumentsOf(args: unknown): Field[] {
  const shown = Array.isArray(args) && args.length === 1 ? args[0] : args;
  return fieldsOf(shown, shown).slice(0, ARGUMENTS_SHOWN);
}

function argument({ path, authority = "" }: Field): Markup {
  return html`<tr class="argument"><th scope="row">argument ${path}</th><td colspan="2">${authority}</td></tr>`;
}

function answers(fields: readonly Field[]): Part {
  const differing = fields.filter(({ differs }) => differs).slice(0, DIFFERING_SHOWN);
  const equal = fields.filter(({ differs }) => !differs);
  const shown = new Set([...differing, ...equal.slice(0, EQUAL_SHOWN)]);
  const hidden = fields.length - shown.size;
  return [
    ...fields.filter((field) => shown.has(field)).map(answer),
    ...(hidden > 0
      ? [html`<tr class="more"><td colspan="3">and ${count(hidden)} more fields</td></tr>`]
      : []),
  ];
}

function answer({ path, authority, watched, differs }: Field): Markup {
  const name = path.replace(/^value\.?/, "") || "the answer";
  if (!differs) {
    return html`<tr><th scope="row">${name}</th><td>${authority ?? ""}</td><td>${watched ?? ""}</td></tr>`;
  }
  return html`<tr class="differs"><th scope="row"><span class="sign" role="img" aria-label="differs">≠</span> ${name}</th>
<td>${marked(authority, watched)}</td><td>${marked(watched, authority)}</td></tr>`;
}

function marked(text: string | undefined, other: string | undefined): Markup {
  if (text === undefined) return html`<i>nothing</i>`;
  const [before, middle, after] = piecesOf(text, other ?? "");
  return middle === "" ? html`${text}` : html`${before}<mark>${middle}</mark>${after}`;
}
