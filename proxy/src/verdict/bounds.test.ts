import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type Count, rateBounds } from "./bounds.ts";

const counts = fc
  .tuple(fc.nat(5000), fc.nat(5000))
  .map(([a, b]): Count => ({ hits: Math.min(a, b), trials: Math.max(a, b) }));

describe("rateBounds", () => {
  test("say nothing before the first trial", () => {
    assert.deepEqual(rateBounds({ hits: 0, trials: 0 }, 0.05), { lower: 0, upper: 1 });
  });

  test("hold the rate that was seen, and are wider the surer one wants to be", () => {
    fc.assert(
      fc.property(counts, ({ hits, trials }) => {
        const loose = rateBounds({ hits, trials }, 0.1);
        const strict = rateBounds({ hits, trials }, 0.01);
        const seen = trials === 0 ? 0 : hits / trials;
        assert.ok(loose.lower <= seen && seen <= loose.upper);
        assert.ok(strict.lower <= loose.lower && loose.upper <= strict.upper);
        assert.ok(strict.lower >= 0 && strict.upper <= 1);
      }),
    );
  });

  test("narrow with more evidence of the same rate", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 50 }), (hits, times) => {
        const one = rateBounds({ hits, trials: 200 }, 0.05);
        const more = rateBounds({ hits: hits * (times + 1), trials: 200 * (times + 1) }, 0.05);
        assert.ok(more.upper - more.lower < one.upper - one.lower);
      }),
    );
  });

  test("cost less than twice the fixed sample of 299 clean calls to show a rate below 1 %", () => {
    const needed = Array.from({ length: 1000 }, (_, n) => n).find(
      (trials) => rateBounds({ hits: 0, trials }, 0.05).upper < 0.01,
    );
    assert.ok(needed !== undefined && needed > 299 && needed < 598, `${needed}`);
  });

  test("agree with the wealth computed by hand for one trial", () => {
    // One miss: the wealth against p is (b / (a + b)) / (1 - p), and reaches 20 at p = 1 - (50 / 50.5) / 20.
    const { lower, upper } = rateBounds({ hits: 0, trials: 1 }, 0.05);
    assert.equal(lower, 0);
    assert.ok(Math.abs(upper - (1 - 50 / 50.5 / 20)) < 1e-9, `${upper}`);
  });

  test("are exact for ten million calls", () => {
    const { lower, upper } = rateBounds({ hits: 100_000, trials: 10_000_000 }, 0.05);
    assert.ok(lower > 0.0098 && lower < 0.01 && upper > 0.01 && upper < 0.0102, `${lower} ${upper}`);
  });
});
