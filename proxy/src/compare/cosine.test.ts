import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cosine, cosineOf } from "./cosine.ts";

const vector = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 32 });

test("a vector is like itself and like any stretch of itself", () => {
  fc.assert(
    fc.property(vector, fc.double({ min: 0.1, max: 10, noNaN: true }), (v, factor) => {
      fc.pre(v.some((x) => Math.abs(x) > 1e-6));
      const stretched = v.map((x) => x * factor);
      assert.equal(cosine(0.999999)(v, stretched).outcome, "match");
    }),
  );
});

test("who is compared with whom makes no difference", () => {
  fc.assert(
    fc.property(vector, vector, (a, b) => {
      assert.deepEqual(cosine(0.5)(a, b).outcome, cosine(0.5)(b, a).outcome);
    }),
  );
});

test("a vector at right angles has the cosine 0, an opposite one -1", () => {
  assert.equal(cosineOf([1, 0], [0, 1]), 0);
  assert.equal(cosineOf([0, 2], [0, -1]), -1);
});

test("a cosine under the threshold is a mismatch that says both figures", () => {
  assert.deepEqual(cosine(0.9)([1, 0], [1, 1]), {
    outcome: "mismatch",
    because: "cosine 0.707107, at least 0.9 wanted",
  });
});

test("vectors of different lengths never match", () => {
  assert.deepEqual(cosine(-1)([1], [1, 0]), { outcome: "mismatch", because: "1 dimensions against 2" });
});

test("a zero vector is like another, and unlike anything else", () => {
  assert.equal(cosine(0.9)([0, 0], [0, 0]).outcome, "match");
  assert.equal(cosine(0.9)([0, 0], [1, 0]).outcome, "mismatch");
});

test("NaN is a mismatch", () => {
  assert.equal(cosine(0.9)([Number.NaN, 1], [Number.NaN, 1]).outcome, "mismatch");
});
