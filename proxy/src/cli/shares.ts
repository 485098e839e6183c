import { lowerOf, STAGES, type Stage } from "../model/stage.ts";
import type { NamedDefinition } from "./flag-server.ts";

/** Per cent of the callers in each stage; they sum up to 100. */
export type Shares = Readonly<Record<Stage, number>>;

const NOBODY: Shares = { "in-process": 0, shadow: 0, live: 0, complete: 0 };
const EVERYBODY: Shares = { ...NOBODY, "in-process": 100 };

/** Where the flag sends the callers that no exception names. */
export function sharesOf({ enabled, strategies }: NamedDefinition): Shares {
  const everyone = strategies.find(({ constraints }) => constraints.length === 0);
  if (!enabled || !everyone) return EVERYBODY;
  const rollout = Number(everyone.parameters["rollout"] ?? 100);
  const total = everyone.variants.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return EVERYBODY;
  const shares = { ...NOBODY, "in-process": 100 - rollout };
  for (const { name, weight } of everyone.variants) {
    const whole = rollout === 100 && weight === total;
    shares[stageNamed(name, whole)] += (rollout * weight) / total;
  }
  return shares;
}

/** Strategies that send some callers elsewhere than everyone. */
export function exceptionsOf({ strategies }: NamedDefinition): number {
  return strategies.filter(({ constraints }) => constraints.length > 0).length;
}

/** The shares under a ceiling: what is above it comes down to it. */
export function under(shares: Shares, ceiling: Stage): Shares {
  const lowered = { ...NOBODY };
  for (const stage of STAGES) lowered[lowerOf(stage, ceiling)] += shares[stage];
  return lowered;
}

// Complete is for all calls or for none: anything less is live.
function stageNamed(variant: string, whole: boolean): Stage {
  if (variant === "complete" && !whole) return "live";
  return STAGES.find((stage) => stage === variant) ?? "in-process";
}
