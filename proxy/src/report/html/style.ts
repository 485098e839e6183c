import { Markup } from "./markup.ts";

/** Colours keep a contrast of at least 4.5 to 1 for text and 3 to 1 for lines, in light and in dark. */
export const STYLE = new Markup(`
:root {
  --page: #f6f7f9; --card: #fff; --text: #1b1f27; --quiet: #5a6371; --line: #dde1e7;
  --in-process: #1f5fbf; --extracted: #a8480d;
  --good: #116b3c; --good-back: #dff3e6; --bad: #a31621; --bad-back: #fde3e3; --open: #6b5200; --open-back: #fbf0cf;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --card: #1c2128; --text: #e7eaf0; --quiet: #a3acba; --line: #343b46;
    --in-process: #8ab8ff; --extracted: #ffb072;
    --good: #7ddba3; --good-back: #163524; --bad: #ff9c9c; --bad-back: #452023; --open: #f0d27a; --open-back: #3a3013;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { margin: 0 0 8px; font-size: 30px; line-height: 1.2; letter-spacing: -0.01em; }
h1 .verdict { font-size: 17px; letter-spacing: 0; vertical-align: 5px; margin-left: 8px; }
h2 { display: inline; font-size: 18px; }
h3 { margin: 0 0 4px; font-size: 18px; }
h4 { margin: 0; font-size: 15px; overflow-wrap: anywhere; }
.lead { margin: 0 0 16px; font-size: 17px; max-width: 75ch; }
.hint, footer { color: var(--quiet); font-size: 13.5px; }
.hint { margin: 2px 0 12px; max-width: 85ch; }
section, .tiles { margin: 20px 0; }
section, .older { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; }
.older { margin-top: 32px; } .older section { padding: 18px 0; border: 0; border-top: 1px solid var(--line); border-radius: 0; }
.older[open] > summary { margin-bottom: 16px; }
summary { cursor: pointer; }
dl { display: flex; flex-wrap: wrap; gap: 4px 32px; margin: 0; }
dt { color: var(--quiet); font-size: 13px; } dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.in-process b, dt.in-process, span.in-process { color: var(--in-process); }
.extracted b, dt.extracted, span.extracted { color: var(--extracted); }
.warning { background: var(--bad-back); color: var(--bad); padding: 10px 14px; border-radius: 8px; margin: 16px 0 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; padding: 0; list-style: none; }
.tiles li { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; color: var(--quiet); font-size: 13.5px; line-height: 1.35; }
.tiles b { display: block; color: var(--text); font-size: 24px; line-height: 1.3; font-variant-numeric: tabular-nums; }
.verdict { display: inline-block; border-radius: 999px; padding: 1px 11px; font-size: 13.5px; font-weight: 600; white-space: nowrap; }
.verdict.equivalent { color: var(--good); background: var(--good-back); }
.verdict.different { color: var(--bad); background: var(--bad-back); }
.verdict.not-enough-evidence { color: var(--open); background: var(--open-back); }
.wide { overflow-x: auto; margin-top: 8px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
caption { text-align: left; color: var(--quiet); font-size: 13px; padding-bottom: 2px; }
th, td { padding: 6px 14px 6px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--quiet); font-weight: 500; font-size: 13px; vertical-align: bottom; }
tbody th { font-weight: 500; white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font: 0.93em/1.5 ui-monospace, monospace; }
svg { display: block; max-width: 100%; }
.axis { display: block; font-weight: 400; }
.interval, .coverage { margin-top: 3px; }
.interval .tolerance { stroke: var(--bad); stroke-width: 1.5; }
.interval .bounds { stroke: var(--text); stroke-width: 2; stroke-linecap: round; }
.interval circle { fill: var(--text); stroke: var(--card); stroke-width: 1.5; }
.coverage .lost { fill: var(--line); } .coverage .compared { fill: var(--good); }
.reasons { margin: 0; padding: 0; list-style: none; } .reasons .hint { margin-left: 4px; }
.curves { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 22px 28px; margin-bottom: 12px; }
figure { margin: 0; } figcaption { font-weight: 500; margin-bottom: 4px; }
.grid path { stroke: var(--line); } .grid text { fill: var(--quiet); font: 11px system-ui, sans-serif; }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
.curve.in-process { stroke: var(--in-process); } .curve.extracted { stroke: var(--extracted); }
.curve.watched { stroke-dasharray: 5 4; }
.key { margin: 2px 0 0; font-size: 13px; } .key span { display: block; color: var(--quiet); }
article { margin-top: 18px; padding-top: 16px; border-top: 1px solid var(--line); }
.difference { table-layout: fixed; min-width: 640px; } .difference th:first-child { width: 24%; }
.difference td { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; unicode-bidi: isolate; }
.difference tbody th { font: 13px/1.5 ui-monospace, monospace; white-space: normal; overflow-wrap: anywhere; }
.difference .argument > * { color: var(--quiet); }
.difference .differs > * { background: var(--bad-back); } .difference .sign { color: var(--bad); font-weight: 700; }
.difference tr > :first-child { padding-left: 10px; } .more { color: var(--quiet); }
mark { background: none; color: var(--bad); font-weight: 700; text-decoration: underline; text-underline-offset: 3px; }
@media print { body { background: none; } section, .tiles li { break-inside: avoid; } }
`);
