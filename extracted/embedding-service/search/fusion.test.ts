import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Hit } from "../port.ts";
import { fuse } from "./fusion.ts";

const ranked = (match: Hit["match"], ids: string): Hit[] =>
  [...ids].map((id) => ({ id, type: "Thing", text: id, score: 0.5, match }));

test("an object's ranks add up, and the higher one says what found it", () => {
  const hits = fuse([ranked("vector", "abc"), ranked("trigram", "cbd")], 10);
  assert.deepEqual(
    hits.map(({ id, match, score }) => [id, match, score]),
    [
      ["c", "trigram", 1 / 63 + 1 / 61],
      ["b", "vector", 1 / 62 + 1 / 62],
      ["a", "vector", 1 / 61],
      ["d", "trigram", 1 / 63],
    ],
  );
});

test("the k best are kept, ties in the order of their ids", () => {
  const hits = fuse([ranked("vector", "b"), ranked("trigram", "a")], 1);
  assert.deepEqual(
    hits.map(({ id }) => id),
    ["a"],
  );
});

test("one ranking alone keeps its order", () => {
  const ids = fc.uniqueArray(fc.constantFrom(..."abcdefgh")).map((each) => each.join(""));
  fc.assert(
    fc.property(ids, (order) => {
      for (const rankings of [
        [ranked("vector", order), []],
        [[], ranked("trigram", order)],
      ])
        assert.equal(
          fuse(rankings, 100)
            .map(({ id }) => id)
            .join(""),
          order,
        );
    }),
  );
});
