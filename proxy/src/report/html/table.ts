import type { Table } from "../tables.ts";
import { html, type Part } from "./markup.ts";

/** A table of text; its first column names the row. */
export function tableMarkup({ title, columns, rows }: Table): Part {
  if (rows.length === 0) return [];
  const kind = (at: number) => (columns[at]?.numbers ? html` class="number"` : []);
  const head = columns.map(({ name }, at) => html`<th scope="col"${kind(at)}>${name}</th>`);
  const body = rows.map(([first = "", ...cells]) => {
    const rest = cells.map((cell, at) => html`<td${kind(at + 1)}>${cell}</td>`);
    return html`<tr><th scope="row"><code>${first}</code></th>${rest}</tr>`;
  });
  return html`<div class="wide"><table><caption>${title}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}
