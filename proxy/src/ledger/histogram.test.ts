import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bucketOf, quantileMs, upperBoundMs } from "./histogram.ts";

test("a bucket's bound is at most 4.5 % above any duration in it", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.002, max: 3_600_000, noNaN: true }), (ms) => {
      const bound = upperBoundMs(bucketOf(ms));
      assert.ok(bound >= ms * 0.999999 && bound <= ms * 1.045, `${bound} for ${ms}`);
    }),
  );
});

test("durations that make no sense land in the first or the last bucket", () => {
  assert.equal(bucketOf(-1), 0);
  assert.equal(bucketOf(Number.NaN), 0);
  assert.equal(bucketOf(Number.POSITIVE_INFINITY), bucketOf(1e12));
});

test("a quantile is the bound that so many calls stayed within", () => {
  const histogram = new Map([
    [bucketOf(1), 90],
    [bucketOf(100), 10],
  ]);
  assert.equal(quantileMs(histogram, 0.5), upperBoundMs(bucketOf(1)));
  assert.equal(quantileMs(histogram, 0.9), upperBoundMs(bucketOf(1)));
  assert.equal(quantileMs(histogram, 0.95), upperBoundMs(bucketOf(100)));
  assert.equal(quantileMs(new Map(), 0.5), undefined);
});
