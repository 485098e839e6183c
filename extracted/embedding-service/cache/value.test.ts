import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeValue, encodeValue } from "./value.ts";

const embedding = fc.record(
  {
    vector: fc.float32Array({ minLength: 1, maxLength: 20 }),
    poorlyCovered: fc.boolean(),
    truncated: fc.boolean(),
  },
  { noNullPrototype: true },
);

test("a value read back is the embedding that was written, bit for bit", () => {
  fc.assert(
    fc.property(embedding, (value) => {
      assert.deepEqual(decodeValue(encodeValue(value), value.vector.length), value);
    }),
  );
});

test("bytes of another length or layout are no embedding", () => {
  const bytes = encodeValue({ vector: new Float32Array(3), poorlyCovered: false, truncated: false });
  assert.equal(decodeValue(bytes, 4), undefined);
  assert.equal(decodeValue(bytes.subarray(0, -1), 3), undefined);
  assert.equal(decodeValue(Buffer.alloc(0), 3), undefined);
  bytes[0] = 2;
  assert.equal(decodeValue(bytes, 3), undefined);
});
