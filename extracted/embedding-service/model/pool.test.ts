import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { padBatch } from "./batch.ts";
import { maskedMean, normalise } from "./pool.ts";

const WIDTH = 3;
const state = fc.array(fc.float({ noNaN: true, min: -100, max: 100 }), {
  minLength: WIDTH,
  maxLength: WIDTH,
});
const texts = fc.array(fc.array(state, { maxLength: 6 }), { minLength: 1, maxLength: 5 });

/** The states side by side, as a model gives them: what stands at padded places is anything. */
function sideBySide(all: readonly (readonly number[][])[], columns: number): Float32Array {
  const rows = all.map((states) => [
    ...states,
    ...Array(columns - states.length).fill(Array(WIDTH).fill(1e6)),
  ]);
  return Float32Array.from(rows.flat(2));
}

test("each row is the mean of its own states, whatever stands at the padded places", () => {
  fc.assert(
    fc.property(texts, (all) => {
      const batch = padBatch(
        all.map((states) => states.map(() => 7)),
        0,
      );
      const means = maskedMean(sideBySide(all, batch.columns), batch);
      assert.equal(means.length, all.length * WIDTH);
      all.forEach((states, row) => {
        for (let index = 0; index < WIDTH; index++) {
          const sum = states.reduce((total, each) => total + (each[index] ?? Number.NaN), 0);
          const expected = states.length === 0 ? 0 : sum / states.length;
          assert.ok(Math.abs((means[row * WIDTH + index] ?? Number.NaN) - expected) < 1e-3);
        }
      });
    }),
  );
});

test("vectors come to unit length in their own direction, and zeros stay", () => {
  const vectors = Float32Array.of(3, 4, 0, 0, -0.5, 0);
  normalise(vectors, 3);
  assert.deepEqual([...vectors], [...Float32Array.of(0.6, 0.8), 0, 0, -1, 0]);
});
