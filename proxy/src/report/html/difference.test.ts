import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { fieldsOf, piecesOf } from "./difference.ts";

describe("the difference of two answers", () => {
  test("names the fields that differ by their path, and those of one side alone", () => {
    const authority = { hits: [{ id: "a", score: 1 }], poorlyCovered: false };
    const watched = { hits: [{ id: "a", score: 0.5 }], poorlyCovered: false, extra: null };
    assert.deepEqual(
      fieldsOf(authority, watched).map(({ path, authority: a, watched: w, differs }) => [
        path,
        a,
        w,
        differs,
      ]),
      [
        ["hits.0.id", "a", "a", false],
        ["hits.0.score", "1", "0.5", true],
        ["poorlyCovered", "false", "false", false],
        ["extra", undefined, "null", true],
      ],
    );
  });

  test("knows an empty list from an empty object and from nothing", () => {
    const [field, ...more] = fieldsOf({ hits: [] }, { hits: {} });
    assert.deepEqual(field, { path: "hits", authority: "[]", watched: "{}", differs: true });
    assert.deepEqual(more, []);
    assert.equal(fieldsOf({ hits: [] }, {})[0]?.watched, undefined);
  });

  test("is none where figures are equal but for rounding, in numbers or in a summary of a vector", () => {
    const differs = (a: unknown, b: unknown) => fieldsOf(a, b)[0]?.differs;
    assert.equal(differs(0.8400001, 0.84), false);
    assert.equal(differs("512 numbers: 0.0440663, -0.5", "512 numbers: 0.0440662, -0.5"), false);
    assert.equal(differs("512 numbers: 0.0440663", "512 numbers: 0.0430663"), true);
    assert.equal(differs("512 numbers: 0.5", "512 numbers: 0.5, 0.5"), true);
    assert.equal(differs("9 characters ab12", "9 characters ab13"), true);
    assert.equal(differs("1", "1-2"), true);
    assert.equal(differs(3, undefined), true);
  });

  test("of a value with itself differs nowhere", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.ok(fieldsOf(value, structuredClone(value)).every(({ differs }) => !differs));
      }),
    );
  });
});

describe("the pieces of two texts", () => {
  test("leave between them what differs", () => {
    assert.deepEqual(piecesOf("norm 0.99", "norm 0.12"), ["norm 0.", "99", ""]);
    assert.deepEqual(piecesOf("aa", "aaa"), ["aa", "", ""]);
  });

  test("make up the text, and share beginning and end with the other", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b") });
    fc.assert(
      fc.property(text, text, (one, other) => {
        const [before, middle, after] = piecesOf(one, other);
        assert.equal(before + middle + after, one);
        assert.ok(other.startsWith(before) && other.endsWith(after));
        assert.ok(before.length + after.length <= other.length);
      }),
    );
  });
});
