import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { json } from "./json.ts";

const MATCH = { outcome: "match" };

function reason(comparison: ReturnType<ReturnType<typeof json>>): string {
  assert.equal(comparison.outcome, "mismatch");
  return "because" in comparison ? comparison.because : "";
}

test("anything is like its copy", () => {
  fc.assert(
    fc.property(fc.anything({ withDate: true, withTypedArray: true }), (value) => {
      assert.deepEqual(json()(value, structuredClone(value)), MATCH);
    }),
  );
});

test("who is compared with whom makes no difference to the outcome", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      assert.equal(json()(a, b).outcome, json()(b, a).outcome);
    }),
  );
});

test("answers are alike exactly when the JSON they are sent as is", () => {
  const sorted = (_key: string, value: unknown) =>
    value && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)))
      : value;
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      const alike = JSON.stringify(a, sorted).replaceAll("-0", "0") === JSON.stringify(b, sorted);
      assert.equal(json()(a, b).outcome === "match", alike);
    }),
  );
});

test("the first difference is named by its path", () => {
  const a = { hits: [{ id: "x", score: 1 }] };
  const b = { hits: [{ id: "x", score: 2 }] };
  assert.equal(reason(json()(a, b)), "hits.0.score: 1 against 2");
});

test("a reason gives figures and no text of the data", () => {
  const told = reason(json()({ name: "Alice" }, { name: "Bob" }));
  assert.equal(told, "name: a text of 5 against a text of 3");
});

test("a missing member is like an undefined one, as in JSON, and unlike null", () => {
  assert.deepEqual(json<object>()({ a: undefined }, {}), MATCH);
  assert.equal(reason(json<object>()({ a: null }, {})), "a: null against undefined");
});

test("a list is unlike an object with the same members", () => {
  assert.equal(json<unknown>()([1], { 0: 1 }).outcome, "mismatch");
});

test("numbers may differ up to the tolerance", () => {
  const compare = json<number[]>({ tolerance: 0.01 });
  assert.deepEqual(compare([1, 2], [1.009, 1.991]), MATCH);
  assert.equal(compare([1, 2], [1, 2.02]).outcome, "mismatch");
  assert.equal(compare([Number.NaN], [1]).outcome, "mismatch");
});

test("ignored paths may differ, and only those", () => {
  const compare = json<object>({ ignore: ["at", "hits.*.seen"] });
  assert.deepEqual(compare({ at: 1, hits: [{ seen: 1 }] }, { at: 2, hits: [{ seen: 2 }] }), MATCH);
  assert.equal(compare({ hits: [{ at: 1 }] }, { hits: [{ at: 2 }] }).outcome, "mismatch");
});
