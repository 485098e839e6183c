import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { meanOfTokens, unit } from "./pooling.ts";

describe("pooling", () => {
  it("means the tokens of each row and leaves padding out", () => {
    const values = Float32Array.of(1, 2, 3, 4, 99, 99, 5, 6, 99, 99, 99, 99);
    const mask = BigInt64Array.of(1n, 1n, 0n, 1n, 0n, 0n);
    assert.deepEqual(meanOfTokens({ values, rows: 2, columns: 3, mask }), [
      Float32Array.of(2, 3),
      Float32Array.of(5, 6),
    ]);
  });

  it("answers zeros for a row without a token", () => {
    const states = { values: Float32Array.of(7, 8), rows: 1, columns: 1, mask: BigInt64Array.of(0n) };
    assert.deepEqual(meanOfTokens(states), [Float32Array.of(0, 0)]);
    assert.deepEqual(unit(Float32Array.of(0, 0)), Float32Array.of(0, 0));
  });

  it("brings any direction to length 1", () => {
    const value = fc.double({ min: -1e3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        const vector = Float32Array.from(values);
        fc.pre(vector.some((each) => Math.abs(each) > 1e-3));
        assert.ok(Math.abs(Math.hypot(...unit(vector)) - 1) < 1e-5);
      }),
    );
  });
});
