import type { AddressRules } from "@oms/chassis/http/address.ts";
import type { Executor } from "../executor.ts";
import { branchGc } from "./branch-gc.ts";
import { exportOntology } from "./export.ts";
import { httpCallback } from "./http-callback.ts";
import { publishEvent } from "./publish-event.ts";
import { type Embed, reembed } from "./reembed.ts";

export type BuiltInParts = {
  /** Absent where nothing is run, or no embedding is at hand: a re-embedding then fails. */
  readonly embed?: Embed | undefined;
  readonly callbacks: AddressRules;
};

/** What OMS has jobs for. */
export function builtInExecutors({ embed, callbacks }: BuiltInParts): readonly Executor[] {
  return [branchGc, exportOntology, httpCallback(callbacks), publishEvent, reembed(embed)];
}
