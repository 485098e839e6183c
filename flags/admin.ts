import { AdminApi, type UnleashAddress } from "./admin-api.ts";
import { withLive } from "./change.ts";
import { everyone, type Variant } from "./flag.ts";

/** Where a flag is to stand: a stage, or live for a share of the callers in per cent, to a tenth. */
export type Target = "in-process" | "shadow" | "complete" | { readonly livePercent: number };

/**
 * Moves a flag as a release manager does in Unleash's own UI: the environment's switch and the weight of variant
 * `live`. Throws when the flag was never pushed.
 */
export async function setStage(unleash: UnleashAddress, flag: string, target: Target): Promise<void> {
  const api = new AdminApi(unleash);
  if (target === "in-process") return api.setEnabled(flag, false);
  const found = await api.flag(flag);
  const current = found?.strategies.find(({ title }) => title === "everyone");
  if (!found || !current)
    throw new Error(`${flag} has no strategy everyone on the server: push the flags first`);
  const stickiness = current.parameters["stickiness"] ?? "default";
  const variants = variantsOf(target).map((variant) => ({ ...variant, stickiness }));
  await api.updateStrategy(flag, { ...current, variants });
  // Last: switched on earlier, the flag would show its former numbers for a moment.
  if (!found.enabled) await api.setEnabled(flag, true);
}

function variantsOf(target: Exclude<Target, "in-process">): readonly Variant[] {
  if (target === "complete") return [{ name: "complete", weight: 1000, weightType: "variable" }];
  const percent = target === "shadow" ? 0 : target.livePercent;
  const weight = Math.round(percent * 10);
  if (!(weight >= 0 && weight <= 1000)) throw new Error(`livePercent must be from 0 to 100, not ${percent}`);
  return withLive(everyone("").variants, weight);
}
