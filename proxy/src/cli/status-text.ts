import { ownersText } from "../handover/words.ts";
import { STAGES } from "../model/stage.ts";
import { count } from "../report/tables.ts";
import { tableLines } from "../report/terminal.ts";
import type { Shares } from "./shares.ts";
import type { CapabilityStatus, Owners } from "./status.ts";

/** How the capabilities stand, as lines for a terminal. */
export function statusText(all: readonly CapabilityStatus[]): string {
  const columns = ["capability", "flag", "is", "callers", "builds", "compared", "verdict", "last counted"];
  const lines = [
    ...tableLines({
      title: "",
      columns: columns.map((name) => ({ name, numbers: name === "compared" })),
      rows: all.map(row),
    }),
    ...all.flatMap(({ capability, owners }) => (owners ? [ownersLine(capability, owners)] : [])),
    ...all.flatMap(({ capability, warnings }) =>
      warnings.map((warning) => `warning: ${capability}: ${warning}`),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function row({ capability, flag, on, shares, exceptions, builds, last }: CapabilityStatus): string[] {
  const [latest, ...earlier] = builds;
  return [
    capability,
    flag,
    on === undefined ? "unknown" : on ? "on" : "off",
    sharesText(shares) + (exceptions > 0 ? `, ${exceptions} exception(s)` : ""),
    latest
      ? `${latest.inProcess} / ${latest.extracted}${earlier.length > 0 ? ` (+${earlier.length})` : ""}`
      : "–",
    count(last?.compared ?? 0),
    last?.verdict ?? "–",
    last ? new Date(last.at).toISOString() : "never",
  ];
}

function ownersLine(capability: string, { sides, elsewhere }: Owners): string {
  const astray = elsewhere === undefined ? "" : `; ${count(elsewhere)} are not where their stage says`;
  return `${ownersText(capability, sides)}${astray}`;
}

function sharesText(shares: Shares | undefined): string {
  if (!shares) return "unknown";
  return STAGES.filter((stage) => shares[stage] > 0)
    .map((stage) => `${stage} ${Math.round(shares[stage] * 10) / 10} %`)
    .join(", ");
}
