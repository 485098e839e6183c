import type { Builds, Side } from "../model/side.ts";
import { buildReport } from "../report/build.ts";
import { type Latest, latestOf } from "../report/latest.ts";
import type { Ceiling } from "../stage/ceiling.ts";
import { readFlag } from "../stage/flag.ts";
import { DEFAULT_STANDARD } from "../verdict/verdict.ts";
import type { NamedDefinition } from "./flag-server.ts";
import type { Heard } from "./heard.ts";
import { exceptionsOf, type Shares, sharesOf, under } from "./shares.ts";
import type { Stored } from "./store.ts";

/** Who owns the live state of a capability; how much of it is not where its stage says, when that can be told. */
export type Owners = {
  readonly sides: Readonly<Record<Side, number>>;
  readonly elsewhere: number | undefined;
};

export type CapabilityStatus = {
  readonly capability: string;
  readonly flag: string;
  /** Undefined while the flag server is silent. */
  readonly on: boolean | undefined;
  /** Where callers are: the flag under the ceiling, without exceptions and overrides by environment. */
  readonly shares: Shares | undefined;
  readonly exceptions: number;
  readonly ceiling: Ceiling | undefined;
  /** The pair counted last first. */
  readonly builds: readonly Builds[];
  /** Undefined when nothing was counted yet. */
  readonly last: Latest | undefined;
  /** Undefined where nothing is owned, or the owners do not answer. */
  readonly owners: Owners | undefined;
  readonly warnings: readonly string[];
};

export type Asked = {
  readonly capability: string;
  /** Its name on the server. */
  readonly flag: string;
  readonly flags: Heard<ReadonlyMap<string, NamedDefinition>>;
  readonly stored: Heard<Stored>;
  /** Of a capability with live state. */
  readonly owners: Heard<Owners> | undefined;
};

/** How a capability stands, from what the servers said. */
export function statusOf({ capability, flag, flags, stored, owners }: Asked): CapabilityStatus {
  const definition = "said" in flags ? flags.said.get(flag) : undefined;
  const kept = "said" in stored ? stored.said : undefined;
  const ceiling = kept?.ceiling;
  const report = kept && buildReport(kept.ledger, DEFAULT_STANDARD);
  return {
    capability,
    flag,
    on: "said" in flags ? (definition?.enabled ?? false) : undefined,
    shares: definition && lowered(sharesOf(definition), ceiling),
    exceptions: definition ? exceptionsOf(definition) : 0,
    ceiling,
    builds: report?.pairs.map(({ builds }) => builds) ?? [],
    last: report && latestOf(report.pairs),
    owners: owners && "said" in owners ? owners.said : undefined,
    warnings: [
      ...("said" in flags ? flagWarnings(flag, definition) : [flags.silent]),
      ...("said" in stored ? [] : [`${stored.silent}: ceiling and evidence are unknown`]),
      ...(ceiling ? [`held at ${ceiling.stage} by ${ceiling.by}: ${ceiling.reason}`] : []),
      ...(report?.contradictions ?? []),
      ...(owners && "silent" in owners ? [`${owners.silent}: its owners are unknown`] : []),
    ],
  };
}

function lowered(shares: Shares, ceiling: Ceiling | undefined): Shares {
  return ceiling ? under(shares, ceiling.stage) : shares;
}

function flagWarnings(name: string, definition: NamedDefinition | undefined): string[] {
  if (!definition) return [`the flag server has no flag ${name}: every call is in-process`];
  const { warning } = readFlag(definition, () => undefined);
  return warning === undefined ? [] : [`${name}: ${warning}`];
}
