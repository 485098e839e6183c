import { type Histogram, upperBoundMs } from "../ledger/histogram.ts";

/** A share (0 to 1) of the calls took at most so many milliseconds. */
export type CurvePoint = { readonly ms: number; readonly share: number };

/** The cumulative distribution, from no call at all to all of them; empty when there were none. */
export function curveOf(histogram: Histogram): CurvePoint[] {
  const buckets = [...histogram].sort(([a], [b]) => a - b);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  const [fastest] = buckets;
  if (!fastest) return [];
  const points = [{ ms: upperBoundMs(fastest[0] - 1), share: 0 }];
  let seen = 0;
  let last = fastest[0] - 1;
  for (const [bucket, count] of buckets) {
    // Nothing happened in between: the curve stays level, rather than rising all the way.
    if (bucket > last + 1) points.push({ ms: upperBoundMs(bucket - 1), share: seen / total });
    seen += count;
    last = bucket;
    points.push({ ms: upperBoundMs(bucket), share: seen / total });
  }
  return points;
}
