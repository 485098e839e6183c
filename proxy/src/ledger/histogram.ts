/** Sixteen buckets to a doubling, from one microsecond: a bound is at most 4.5 % above what it stands for. */
const PER_DOUBLING = 16;
const LAST = 32 * PER_DOUBLING;

/** How often each duration was seen; bucket numbers are the same everywhere, so histograms add up. */
export type Histogram = ReadonlyMap<number, number>;

export function bucketOf(durationMs: number): number {
  if (!(durationMs > 0.001)) return 0;
  return Math.min(LAST, Math.ceil(Math.log2(durationMs * 1000) * PER_DOUBLING));
}

/** The longest duration a bucket holds, in milliseconds. */
export function upperBoundMs(bucket: number): number {
  return 2 ** (bucket / PER_DOUBLING) / 1000;
}

/** The duration `share` (0 to 1) of the calls stayed within, in milliseconds; undefined when there were none. */
export function quantileMs(histogram: Histogram, share: number): number | undefined {
  const buckets = [...histogram].sort(([a], [b]) => a - b);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [bucket, count] of buckets) {
    seen += count;
    if (seen >= share * total) return upperBoundMs(bucket);
  }
  return undefined;
}
