import { count } from "../report/tables.ts";
import type { HandedOver, Progress } from "./hand-over.ts";
import type { Ownership } from "./ownership.ts";

/** Pieces that a text names one by one. */
const NAMED = 20;

/** How far a pass is, as one line. */
export function progressText({ done, of, elapsedMs }: Progress): string {
  const perMs = done / Math.max(1, elapsedMs);
  const left = secondsText((of - done) / perMs);
  return `${count(done)} of ${count(of)}, ${count(Math.round(perMs * 1000))}/s, ${left} left`;
}

/** What was done and what was not, and how to go on, as lines for a terminal. */
export function handedOverText(capability: string, done: HandedOver): string {
  const { moved, refused, elsewhere, stopped, tookMs, longestMs } = done;
  const total = moved.extracted + moved["in-process"];
  const again = "the same command goes on";
  const bound = total > 0 ? `, none of them between its owners for over ${secondsText(longestMs)}` : "";
  const lines = [
    `${capability}: ${count(moved.extracted)} moved to extracted, ${count(moved["in-process"])} to in-process in ${secondsText(tookMs)}${bound}`,
    ownersText(capability, done.owned),
    ...(stopped ? [`stopped: ${count(elsewhere)} are still to be moved; ${again}`] : []),
    ...(!stopped && elsewhere > 0 ? [`${count(elsewhere)} are elsewhere by now; ${again}`] : []),
    ...(refused.length > 0 ? [`${count(refused.length)} cannot be moved:`] : []),
    ...named(refused.map(({ id, why }) => `${id}: ${why}`)),
  ];
  return `${lines.join("\n")}\n`;
}

/** Who owns what, and what is not where its stage says, as lines for a terminal. */
export function ownershipText(capability: string, { sides, elsewhere }: Ownership): string {
  const lines = [
    ownersText(capability, sides),
    `${count(elsewhere.length)} are not where their stage says${elsewhere.length > 0 ? ":" : ""}`,
    ...named(elsewhere.map(({ id, side }) => `${id}: is ${side}`)),
  ];
  return `${lines.join("\n")}\n`;
}

/** What each side owns, in one line. */
export function ownersText(capability: string, sides: Ownership["sides"]): string {
  return `${capability}: in-process owns ${count(sides["in-process"])}, extracted ${count(sides.extracted)}`;
}

function named(lines: readonly string[]): string[] {
  const shown = lines.slice(0, NAMED).map((line) => `  ${line.replaceAll(/\p{Cc}/gu, " ")}`);
  return lines.length > NAMED ? [...shown, `  and ${count(lines.length - NAMED)} more`] : shown;
}

function secondsText(ms: number): string {
  return ms < 1000 ? `${Math.ceil(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
