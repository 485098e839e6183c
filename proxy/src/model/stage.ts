/** How one call is treated, lowest first: a ceiling keeps a call at or below its rung. */
export const STAGES = ["in-process", "shadow", "live", "complete"] as const;

export type Stage = (typeof STAGES)[number];

export function lowerOf(a: Stage, b: Stage): Stage {
  return STAGES.indexOf(a) <= STAGES.indexOf(b) ? a : b;
}
