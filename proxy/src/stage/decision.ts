import { lowerOf, type Stage } from "../model/stage.ts";
import type { Override } from "./override.ts";

/** Where a stage comes from; `default` is what holds when nobody says anything. */
export type StageSource = "override" | "ceiling" | "flag" | "last known" | "default";

export type Decision = { readonly stage: Stage; readonly source: StageSource };

export type Wishes = {
  readonly override: Override;
  /** The highest stage a stored rollback allows. */
  readonly ceiling: Stage | undefined;
  /** What the flag says of this call; `last known` while the flag server does not answer. */
  readonly flag: { readonly stage: Stage; readonly source: "flag" | "last known" } | undefined;
};

/** First of: override to in-process; the ceiling over override to live; over the flag; over in-process. */
export function decide({ override, ceiling, flag }: Wishes): Decision {
  if (override === "in-process") return { stage: "in-process", source: "override" };
  const wished = wish(override, flag);
  if (ceiling === undefined) return wished;
  const stage = lowerOf(wished.stage, ceiling);
  return stage === wished.stage ? wished : { stage, source: "ceiling" };
}

function wish(override: Override, flag: Wishes["flag"]): Decision {
  if (override === "live") return { stage: "live", source: "override" };
  return flag ?? { stage: "in-process", source: "default" };
}
