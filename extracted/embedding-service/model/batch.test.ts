import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nextBatch, padBatch } from "./batch.ts";

const lengths = fc.array(fc.integer({ min: 1, max: 128 }), { minLength: 1, maxLength: 60 });
const budget = fc.integer({ min: 1, max: 512 });

test("a batch holds the oldest text, none twice, and keeps the budget unless the oldest alone is over it", () => {
  fc.assert(
    fc.property(lengths, budget, (waiting, tokens) => {
      const batch = nextBatch(waiting, tokens);
      assert.ok(batch.includes(0));
      assert.equal(new Set(batch).size, batch.length);
      const longest = Math.max(...batch.map((index) => waiting[index] ?? Number.NaN));
      assert.ok(batch.length === 1 || batch.length * longest <= tokens);
    }),
  );
});

test("no text of a batch is less than half as long as the longest", () => {
  fc.assert(
    fc.property(lengths, budget, (waiting, tokens) => {
      const chosen = nextBatch(waiting, tokens).map((index) => waiting[index] ?? Number.NaN);
      assert.ok(Math.min(...chosen) * 2 >= Math.max(...chosen));
    }),
  );
});

test("a batch is full: no text that stayed behind would have fitted at either end", () => {
  fc.assert(
    fc.property(lengths, budget, (waiting, tokens) => {
      const batch = new Set(nextBatch(waiting, tokens));
      const inside = [...batch].map((index) => waiting[index] ?? Number.NaN);
      const [shortest, longest] = [Math.min(...inside), Math.max(...inside)];
      const behind = waiting.filter((_, index) => !batch.has(index));
      for (const length of behind.filter((length) => length >= shortest && length <= longest)) {
        assert.ok((inside.length + 1) * longest > tokens, `a text of ${length} would have fitted`);
      }
    }),
  );
});

test("texts of like length go together, whatever order they came in", () => {
  assert.deepEqual(
    nextBatch([10, 100, 11, 90, 9], 256).map((index) => [10, 100, 11, 90, 9][index]),
    [9, 10, 11],
  );
});

test("padding fills the shorter rows and is masked", () => {
  const batch = padBatch([[5, 6, 7], [8]], 3);
  assert.deepEqual([batch.rows, batch.columns], [2, 3]);
  assert.deepEqual([...batch.ids], [5n, 6n, 7n, 8n, 3n, 3n]);
  assert.deepEqual([...batch.mask], [1n, 1n, 1n, 1n, 0n, 0n]);
});

test("a text without tokens is one masked place", () => {
  const batch = padBatch([[]], 3);
  assert.deepEqual([batch.rows, batch.columns, [...batch.ids], [...batch.mask]], [1, 1, [3n], [0n]]);
});
