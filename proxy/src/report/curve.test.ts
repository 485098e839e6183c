import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bucketOf, quantileMs } from "../ledger/histogram.ts";
import { curveOf } from "./curve.ts";

function histogramOf(durations: readonly number[]): Map<number, number> {
  const buckets = new Map<number, number>();
  for (const ms of durations) buckets.set(bucketOf(ms), (buckets.get(bucketOf(ms)) ?? 0) + 1);
  return buckets;
}

const durations = fc.array(fc.double({ min: 0.002, max: 60_000, noNaN: true }), { minLength: 1 });

test("a curve rises from no call to all of them, and never falls back in time or share", () => {
  fc.assert(
    fc.property(durations, (all) => {
      const curve = curveOf(histogramOf(all));
      assert.equal(curve[0]?.share, 0);
      assert.equal(curve.at(-1)?.share, 1);
      for (const [i, { ms, share }] of curve.entries()) {
        const next = curve[i + 1];
        assert.ok(!next || (next.ms > ms && next.share >= share), `point ${i}`);
      }
    }),
  );
});

test("a curve passes through the quantiles", () => {
  fc.assert(
    fc.property(durations, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, share) => {
      const histogram = histogramOf(all);
      const reached = curveOf(histogram).find((point) => point.share >= share);
      assert.equal(reached?.ms, quantileMs(histogram, share));
    }),
  );
});

test("a curve stays level where no call ended", () => {
  const curve = curveOf(histogramOf([1, 1000]));
  assert.deepEqual(
    curve.map(({ share }) => share),
    [0, 0.5, 0.5, 1],
  );
});

test("no calls have no curve", () => {
  assert.deepEqual(curveOf(new Map()), []);
});
