import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { cosine, decodeVector, encodeVector } from "./vector.ts";

it("a vector survives being stored, bit by bit", () => {
  fc.assert(
    fc.property(fc.float32Array({ noNaN: true }), (vector) => {
      assert.deepEqual(decodeVector(encodeVector(vector)), vector);
    }),
  );
});

it("a vector is stored as little-endian float32", () => {
  assert.equal(encodeVector(Float32Array.of(1)), Buffer.from([0, 0, 0x80, 0x3f]).toString("base64"));
});

it("the cosine of a vector with itself is never over 1", () => {
  const third = Float32Array.from({ length: 3 }, () => Math.sqrt(1 / 3) + 1e-7);
  assert.equal(cosine(third, third), 1);
  assert.equal(
    cosine(
      third,
      third.map((value) => -value),
    ),
    -1,
  );
});
