import type { Effect } from "../model/capability.ts";
import type { Side } from "../model/side.ts";
import type { Stage } from "../model/stage.ts";

/** Which side answers, which is only compared, and which answers when the first fails. */
export type Plan = {
  readonly authority: Side;
  readonly watched?: Side;
  readonly fallback?: "in-process";
};

export type Situation = {
  readonly stage: Stage;
  readonly effect: Effect;
  /** What the method says of itself. */
  readonly fallback?: "never" | undefined;
  /** Whether the lane has room for the watched side. */
  readonly admitted: boolean;
};

const SIDES: Readonly<Record<Stage, { readonly authority: Side; readonly watched?: Side }>> = {
  "in-process": { authority: "in-process" },
  shadow: { authority: "in-process", watched: "extracted" },
  live: { authority: "extracted", watched: "in-process" },
  complete: { authority: "extracted" },
};

/** Doing it again, on the other side, changes nothing more. */
const REPEATABLE: Readonly<Record<Effect, boolean>> = { read: true, idempotent: true, once: false };

/** The side whose answer the callers of a stage get. */
export function authorityOf(stage: Stage): Side {
  return SIDES[stage].authority;
}

/** The side a stage watches, when the lane has room. */
export function watchedSide(stage: Stage): Side | undefined {
  return SIDES[stage].watched;
}

export function planFor({ stage, effect, fallback, admitted }: Situation): Plan {
  const { authority, watched } = SIDES[stage];
  return {
    authority,
    ...(watched && admitted && { watched }),
    ...(stage === "live" && REPEATABLE[effect] && fallback !== "never" && { fallback: "in-process" }),
  };
}
