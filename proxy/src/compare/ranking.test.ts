import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ranking } from "./ranking.ts";

type Hit = { id: string; score: number };
const options = { id: (hit: Hit) => hit.id, score: (hit: Hit) => hit.score, tolerance: 0.001 };
const compare = ranking<Hit>(options);

/** "a:0.9 b:0.8" as hits. */
function hits(text: string): Hit[] {
  return text
    .split(" ")
    .filter(Boolean)
    .map((hit) => ({ id: hit.split(":")[0] as string, score: Number(hit.split(":")[1]) }));
}

function outcome(a: string, b: string): string {
  const comparison = compare(hits(a), hits(b));
  return comparison.outcome === "mismatch" ? comparison.because : comparison.outcome;
}

const someHits = fc
  .uniqueArray(fc.record({ id: fc.string(), score: fc.double({ min: 0, max: 1, noNaN: true }) }), {
    selector: (hit) => hit.id,
    maxLength: 20,
  })
  .map((list) => list.sort((x, y) => y.score - x.score));

test("a ranking is like itself", () => {
  fc.assert(fc.property(someHits, (list) => assert.deepEqual(compare(list, list), { outcome: "match" })));
});

test("who is compared with whom makes no difference when scores tell all hits apart", () => {
  fc.assert(
    fc.property(someHits, someHits, (a, b) => {
      assert.equal(
        ranking({ ...options, tolerance: 0 })(a, b).outcome,
        ranking({ ...options, tolerance: 0 })(b, a).outcome,
      );
    }),
  );
});

test("no hits are like no hits", () => assert.equal(outcome("", ""), "match"));

test("scores may differ up to the tolerance", () => {
  assert.equal(outcome("a:0.9 b:0.8", "a:0.9005 b:0.8"), "match");
  assert.equal(outcome("a:0.9 b:0.8", "a:0.91 b:0.8"), "a scores 0.9 against 0.91");
});

test("hits whose scores tie may change places, others may not", () => {
  assert.equal(outcome("a:0.9 b:0.8995", "b:0.8995 a:0.9"), "match");
  assert.equal(outcome("a:0.9 b:0.8", "b:0.8 a:0.9"), "a and b change places");
});

test("a hit of one side alone is a mismatch", () => {
  assert.equal(outcome("a:0.9 b:0.8", "a:0.9 c:0.7"), "of one side alone: b, c");
});

test("at the cut a tie may be broken either way", () => {
  assert.equal(outcome("a:0.9 b:0.8", "a:0.9 c:0.8004"), "match");
});

test("fewer hits are a mismatch", () => assert.equal(outcome("a:0.9 b:0.8", "a:0.9"), "2 hits against 1"));

test("with less than whole overlap some hits may be missing", () => {
  const half = ranking<Hit>({ ...options, overlap: 0.5 });
  assert.equal(half(hits("a:0.9 b:0.8"), hits("a:0.9 c:0.5")).outcome, "match");
  assert.equal(half(hits("a:0.9 b:0.8"), hits("c:0.6 d:0.5")).outcome, "mismatch");
});
