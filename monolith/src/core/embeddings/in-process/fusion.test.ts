import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Hit } from "../port.ts";
import { fused } from "./fusion.ts";

const ranking = (match: Hit["match"], ...ids: string[]): Hit[] =>
  ids.map((id, index) => ({ id, type: "T", text: id, score: 1 - index / 10, match }));
const shown = (hits: Hit[]) => hits.map(({ id, match }) => `${id} ${match}`);

describe("two rankings fused", () => {
  it("put first what both have high", () => {
    const hits = fused(ranking("vector", "a", "b", "c"), ranking("trigram", "c", "b", "d"));
    assert.deepEqual(shown(hits), ["c trigram", "b vector", "a vector", "d trigram"]);
    assert.deepEqual(
      hits.map(({ score }) => score),
      [1 / 63 + 1 / 61, 1 / 62 + 1 / 62, 1 / 61, 1 / 63],
    );
  });

  it("break ties by id, whichever ranking had them", () => {
    assert.deepEqual(shown(fused(ranking("vector", "b"), ranking("trigram", "a"))), [
      "a trigram",
      "b vector",
    ]);
  });

  it("are the one when the other is empty", () => {
    assert.deepEqual(shown(fused([], ranking("trigram", "b", "a"))), ["b trigram", "a trigram"]);
    assert.deepEqual(fused([], []), []);
  });

  it("hold every object of either once, best first", () => {
    const ids = fc.uniqueArray(fc.constantFrom(..."abcdefgh"));
    fc.assert(
      fc.property(ids, ids, (first, second) => {
        const hits = fused(ranking("vector", ...first), ranking("trigram", ...second));
        assert.deepEqual(new Set(hits.map(({ id }) => id)), new Set([...first, ...second]));
        assert.equal(hits.length, new Set([...first, ...second]).size);
        for (const [index, { score }] of hits.entries()) assert.ok(score >= (hits[index + 1]?.score ?? 0));
      }),
    );
  });
});
