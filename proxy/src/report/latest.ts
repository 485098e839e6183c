import { type Verdict, worstOf } from "../verdict/verdict.ts";
import type { MethodReport, PairReport } from "./report.ts";

export type Latest = { readonly at: number; readonly compared: number; readonly verdict: Verdict };

/**
 * How a capability stands now. Every method counts under the builds that answered it last: processes that strangle one
 * capability between them have methods, and perhaps builds, of their own, and none speaks for another.
 */
export function latestOf(pairs: readonly PairReport[]): Latest | undefined {
  const newestFirst = pairs.toSorted((a, b) => b.lastCountedAt - a.lastCountedAt);
  const [newest] = newestFirst;
  if (!newest) return undefined;
  const methods = new Map<string, MethodReport>();
  for (const report of newestFirst.flatMap((pair) => pair.methods))
    if (!methods.has(report.method)) methods.set(report.method, report);
  const all = [...methods.values()];
  return {
    at: newest.lastCountedAt,
    compared: all.reduce((sum, { compared }) => sum + compared, 0),
    verdict: worstOf(all.map(({ judgement }) => judgement.verdict)),
  };
}
