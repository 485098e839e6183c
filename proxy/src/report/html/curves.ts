import type { CurvePoint } from "../curve.ts";
import type { MethodReport, StageReport } from "../report.ts";
import { everyStage, milliseconds, SIDES } from "../tables.ts";
import { html, type Markup, type Part } from "./markup.ts";

const BOX = { width: 320, height: 190, left: 38, right: 18, top: 8, bottom: 34 };
const SHARES = [0, 0.5, 0.9, 1];

/** From and to, in milliseconds: powers of ten. */
type Range = { readonly from: number; readonly to: number };

/** For every method in every stage that measured it, how much of the calls each side answered within which time. */
export function latencyCurves(methods: readonly MethodReport[]): Part {
  const stages = everyStage(methods).filter(({ stage }) =>
    SIDES.some((side) => curveOf(stage, side).length > 0),
  );
  if (stages.length === 0) return [];
  const range = rangeOf(stages.flatMap(({ stage }) => SIDES.flatMap((side) => curveOf(stage, side))));
  return html`<div class="curves">${stages.map(({ method, stage }) => figure(method, stage, range))}</div>`;
}

function curveOf(stage: StageReport, side: (typeof SIDES)[number]): readonly CurvePoint[] {
  return stage.latency[side].curve;
}

function rangeOf(points: readonly CurvePoint[]): Range {
  const all = points.map(({ ms }) => ms);
  const from = 10 ** Math.floor(Math.log10(Math.min(...all)));
  const to = 10 ** Math.ceil(Math.log10(Math.max(...all)));
  return { from, to: to > from ? to : from * 10 };
}

function figure(method: string, stage: StageReport, range: Range): Markup {
  const told = SIDES.filter((side) => curveOf(stage, side).length > 0);
  const words = told.map((side) => {
    const { p50, p95, p99 } = stage.latency[side];
    return `${side}: half within ${milliseconds(p50)} ms, 95 % within ${milliseconds(p95)} ms, 99 % within ${milliseconds(p99)} ms`;
  });
  return html`<figure><figcaption><code>${method}</code> in ${stage.stage}</figcaption>
<svg viewBox="0 0 ${BOX.width} ${BOX.height}" role="img" aria-label="Latency of ${method} in ${stage.stage}. ${words.join("; ")}.">
${grid(range)}${told.map((side) => line(side, stage, range))}</svg>
<p class="key">${told.map((side) => keyOf(side, stage))}</p></figure>`;
}

function keyOf(side: (typeof SIDES)[number], stage: StageReport): Markup {
  const { p50, p99 } = stage.latency[side];
  const role = side === stage.authority ? "answered" : "watched";
  return html`<span class="${side}"><b>${side}</b> ${role}, p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)} ms</span>`;
}

function grid(range: Range): Markup {
  const decades = Math.round(Math.log10(range.to / range.from));
  const times = Array.from({ length: decades + 1 }, (_, i) => range.from * 10 ** i);
  const { left, right, top, bottom, width, height } = BOX;
  return html`<g class="grid">${times.map((ms) => {
    const x = acrossOf(ms, range);
    return html`<path d="M${x} ${top}V${height - bottom}"/><text x="${x}" y="${height - bottom + 13}" text-anchor="middle">${labelOf(ms)}</text>`;
  })}${SHARES.map((share) => {
    const y = downOf(share);
    return html`<path d="M${left} ${y}H${width - right}"/><text x="${left - 5}" y="${y + 3.5}" text-anchor="end">${share === 0 ? "0" : `${share * 100} %`}</text>`;
  })}<text x="${(left + width - right) / 2}" y="${height - 6}" text-anchor="middle">answered within (ms)</text></g>`;
}

function line(side: (typeof SIDES)[number], stage: StageReport, range: Range): Markup {
  const at = ({ ms, share }: CurvePoint) => `${acrossOf(ms, range)} ${downOf(share)}`;
  const role = side === stage.authority ? "authority" : "watched";
  return html`<path class="curve ${side} ${role}" d="M${curveOf(stage, side).map(at).join("L")}H${BOX.width - BOX.right}"/>`;
}

function acrossOf(ms: number, { from, to }: Range): number {
  const share = Math.log10(ms / from) / Math.log10(to / from);
  return rounded(BOX.left + share * (BOX.width - BOX.left - BOX.right));
}

function downOf(share: number): number {
  return rounded(BOX.top + (1 - share) * (BOX.height - BOX.top - BOX.bottom));
}

function rounded(length: number): number {
  return Math.round(length * 10) / 10;
}

function labelOf(ms: number): string {
  return String(Number(ms.toPrecision(1)));
}
