import type { Fields } from "../model/host.ts";
import { STAGES, type Stage } from "../model/stage.ts";

type Constraint = { readonly contextName: string };
type Variants = readonly {
  readonly name: string;
  readonly weight: number;
  readonly stickiness?: string | undefined;
}[];

/** What is read of Unleash's own definition of a flag, its segments resolved. */
export type Definition = {
  readonly enabled: boolean;
  readonly strategies?: readonly {
    readonly name: string;
    readonly parameters: Readonly<Record<string, unknown>>;
    readonly constraints?: readonly Constraint[];
    readonly segments?: readonly ({ readonly constraints?: readonly Constraint[] } | undefined)[];
    readonly variants?: Variants;
  }[];
  readonly variants?: Variants;
  readonly dependencies?: readonly unknown[];
};

/** Unleash's answer for one call: the variant's name, or undefined when the flag is off for it. */
export type Evaluate = (fields: Fields) => string | undefined;

/** One snapshot of a flag. */
export type Flag = {
  /** The fields its answer depends on, so that the answer may be kept; "all" when that cannot be told. */
  readonly dependsOn: readonly string[] | "all";
  readonly stageFor: (fields: Fields) => Stage;
  /** What is wrong with the flag as a release manager set it. */
  readonly warning?: string;
};

export function readFlag(definition: Definition, evaluate: Evaluate): Flag {
  const dependsOn = fieldsOf(definition);
  const everyone = dependsOn.length === 0;
  const anyone = dependsOn === "all" ? {} : anyCaller(definition, dependsOn);
  return {
    dependsOn,
    stageFor: (fields) => stageOf(evaluate({ ...fields, ...anyone }), everyone),
    ...(lacksVariants(definition) && { warning: "it is on but has no variant: every call stays in-process" }),
  };
}

/**
 * Unleash turns away a caller without a value to stick to, even where all callers are treated alike: the fields that
 * the answer does not depend on get one.
 */
function anyCaller({ strategies = [] }: Definition, dependsOn: readonly string[]): Fields {
  const sticky = strategies.map(({ parameters }) => stickyField(parameters["stickiness"]));
  return Object.fromEntries(
    sticky.filter((field) => !dependsOn.includes(field)).map((field) => [field, "anyone"]),
  );
}

/** Complete is for all calls or for none: anything less keeps the in-process side, so it is live. */
function stageOf(variant: string | undefined, everyone: boolean): Stage {
  if (variant === "complete" && !everyone) return "live";
  return STAGES.find((stage) => stage === variant) ?? "in-process";
}

function lacksVariants({ enabled, strategies = [], variants = [] }: Definition): boolean {
  if (!enabled || variants.length > 0) return false;
  return strategies.length === 0 || strategies.some((strategy) => !strategy.variants?.length);
}

function fieldsOf({
  enabled,
  strategies = [],
  variants = [],
  dependencies = [],
}: Definition): string[] | "all" {
  if (!enabled) return [];
  if (dependencies.length > 0) return "all";
  const fields = new Set<string>();
  for (const { name, parameters, constraints = [], segments = [], variants: own } of strategies) {
    if (name !== "flexibleRollout" && name !== "default") return "all";
    const conditions = [...constraints, ...segments.flatMap((segment) => segment?.constraints ?? [])];
    for (const { contextName } of conditions) fields.add(contextName);
    const stickiness = stickyField(parameters["stickiness"]);
    const whole = Number(parameters["rollout"] ?? 100) >= 100;
    if (!whole) fields.add(stickiness);
    const drawn = own?.length ? own : variants;
    if (drawn.filter(({ weight }) => weight > 0).length > 1) {
      fields.add(stickyField(drawn[0]?.stickiness ?? stickiness));
    }
    if (whole && conditions.length === 0) break;
  }
  return fields.has("random") || fields.has("currentTime") ? "all" : [...fields];
}

/** Unleash's `default` is the user id, and that is the author. */
function stickyField(stickiness: unknown): string {
  return typeof stickiness === "string" && stickiness !== "default" ? stickiness : "author";
}
