import type { ServerFlag } from "./admin-api.ts";

/** Where a flag stands for callers no exception names. */
export type Standing = {
  readonly enabled: boolean;
  /** Per cent of the callers by stage; what is missing to 100 is in-process. */
  readonly percent: Readonly<Record<string, number>>;
  readonly says: string;
};

export function standingOf(flag: ServerFlag): Standing {
  const everyone = flag.strategies.find(({ title }) => title === "everyone");
  const percent = Object.fromEntries(
    (everyone?.variants ?? []).map(({ name, weight }) => [name, weight / 10] as const),
  );
  const shares = Object.entries(percent).map(([name, share]) => `${name} ${share} %`);
  if (shares.length === 0)
    return { enabled: flag.enabled, percent, says: "without a variant: every call is in-process" };
  const says = flag.enabled
    ? `on: ${shares.join(", ")}`
    : `off: every call is in-process (when on: ${shares.join(", ")})`;
  return { enabled: flag.enabled, percent, says };
}
