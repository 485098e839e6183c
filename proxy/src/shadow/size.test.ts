import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sizeOf } from "./size.ts";

const BIG = 1_000_000;

test("a size is never less than the text and figures in it", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ text: fc.string(), figures: fc.array(fc.double()) })), (value) => {
      const least = value.reduce((sum, part) => sum + 2 * part.text.length + 8 * part.figures.length, 0);
      assert.ok(sizeOf(value, BIG) >= least);
    }),
  );
});

test("a vector of 512 numbers takes about four kilobytes, typed or not", () => {
  assert.equal(sizeOf(new Array(512).fill(0.5), BIG), 512 * 8 + 16);
  assert.equal(sizeOf(new Float32Array(512), BIG), 512 * 4);
});

test("counting stops soon after the limit, also in a circle", () => {
  const circle: unknown[] = [];
  circle.push(circle, circle);
  const size = sizeOf(circle, 1000);
  assert.ok(size > 1000 && size < 1100);
});

test("maps count their keys and values", () => {
  assert.ok(sizeOf(new Map([["key", "a long value"]]), BIG) >= 2 * ("key".length + "a long value".length));
});
