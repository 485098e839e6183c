/** A field of the call context that Unleash may know: for stickiness, or for an exception's constraint. */
export type ContextField = {
  readonly name: string;
  readonly description: string;
  /** Whether a strategy may keep a caller on one side by it. */
  readonly stickiness: boolean;
};

export type Variant = {
  readonly name: string;
  /** Thousandths of the calls; a variable one takes what the fixed ones leave. */
  readonly weight: number;
  readonly weightType: "fix" | "variable";
};

/** An Unleash activation strategy that splits the calls it lets in over variants. */
export type Strategy = {
  readonly name: string;
  readonly title: string;
  /** Per cent of the callers the strategy lets in. */
  readonly rollout: number;
  /** The context field that decides, and keeps, a caller's variant. */
  readonly stickiness: string;
  readonly variants: readonly Variant[];
};

/** A rung of the ladder: the stage, the per cent of calls it holds, and the day it is planned for (YYYY-MM-DD). */
export type Step = {
  readonly stage: "shadow" | "live" | "complete";
  readonly percent: number;
  readonly planned: string;
};

/** The flag of one capability: what Unleash holds, who moves it, and when. */
export type Flag = {
  /** `oms.<capability>`; on a server it may carry a prefix. */
  readonly name: string;
  readonly description: string;
  /** Who decides its next step: a team or a person, as an author of OMS. */
  readonly owner: string;
  readonly strategies: readonly Strategy[];
  readonly ladder: readonly Step[];
};

export type Definitions = {
  readonly contextFields: readonly ContextField[];
  readonly flags: readonly Flag[];
  /** Names of deleted flags: a client that still asks for one must never meet another flag's numbers. */
  readonly retired: readonly string[];
};

/** The strategy every flag has: everybody is in, the weight of `live` is the one number a release manager edits. */
export function everyone(stickiness: string): Strategy {
  return {
    name: "flexibleRollout",
    title: "everyone",
    rollout: 100,
    stickiness,
    variants: [
      { name: "live", weight: 0, weightType: "fix" },
      { name: "shadow", weight: 1000, weightType: "variable" },
    ],
  };
}
