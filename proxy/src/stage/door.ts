import type { Fields } from "../model/host.ts";
import type { Stage } from "../model/stage.ts";
import type { Ceiling } from "./ceiling.ts";
import { type Decision, decide } from "./decision.ts";
import type { Flag } from "./flag.ts";
import type { Override } from "./override.ts";

/** Authors, or jobs, whose stage is remembered within one snapshot; a few hundred bytes each. */
const REMEMBERED = 20_000;
/** What is longer is nobody's name: it came from outside, and would only take room. */
const MOST_CHARACTERS = 1000;

/** What is known about a capability's stage at this moment. */
export type Standing = {
  readonly override: Override;
  readonly ceiling: Ceiling | undefined;
  readonly flag: Flag | undefined;
  /** Whether the flag is what its server says now, or the last that was known. */
  readonly fresh: () => boolean;
};

/** The stage of each call of one capability: evaluated once per snapshot and sticky value. */
export class Door {
  /** The stage of every call, while it does not depend on the call. */
  fixed: Stage | undefined = "in-process";
  #standing: Standing = { override: undefined, ceiling: undefined, flag: undefined, fresh: () => false };
  readonly #remembered = new Map<string, Stage>();

  /** Takes in a new snapshot. */
  set(standing: Standing): void {
    this.#standing = standing;
    this.#remembered.clear();
    const { override, ceiling, flag } = standing;
    const varies = flag && flag.dependsOn.length > 0 && !override && ceiling?.stage !== "in-process";
    this.fixed = varies ? undefined : this.decide({}).stage;
  }

  get standing(): Standing {
    return this.#standing;
  }

  /** Without a method: what holds for all of them, exceptions by method aside. */
  stageFor(fields: Fields, method?: string): Stage {
    if (this.fixed) return this.fixed;
    const dependsOn = this.#standing.flag?.dependsOn ?? [];
    const asked = () => this.decide(method === undefined ? fields : { ...fields, method }).stage;
    if (dependsOn === "all") return asked();
    let key = "";
    for (const field of dependsOn) key += `${(field === "method" ? method : fields[field]) ?? ""}\n`;
    const known = this.#remembered.get(key);
    if (known) return known;
    const stage = asked();
    if (key.length > MOST_CHARACTERS) return stage;
    if (this.#remembered.size >= REMEMBERED) this.#remembered.clear();
    this.#remembered.set(key, stage);
    return stage;
  }

  decide(fields: Fields): Decision {
    const { override, ceiling, flag, fresh } = this.#standing;
    return decide({
      override,
      ceiling: ceiling?.stage,
      flag: flag && { stage: flag.stageFor(fields), source: fresh() ? "flag" : "last known" },
    });
  }
}
