import { matcher } from "../hooks/matcher.ts";
import type { Policy } from "../hooks/policy.ts";
import type { Change } from "../store/port.ts";

/** Which changes of a branch a sink is told of; undefined: all. */
export type Telling = (branch: string) => ((change: Change) => boolean) | undefined;

/** Changes of what the policy's `passedOver` names are not told: they are their own record, or nobody else's news. */
export function tellingAllBut(rules: Policy["passedOver"]): Telling {
  const known = rules.map(({ branches, types }) => ({ isBranch: matcher(branches), isType: matcher(types) }));
  return (branch) => {
    const own = known.filter(({ isBranch }) => isBranch(branch));
    if (own.length === 0) return undefined;
    return ({ document }) => !own.some(({ isType }) => isType(document.type));
  };
}
