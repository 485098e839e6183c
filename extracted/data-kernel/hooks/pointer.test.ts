import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { textsAt, textsIn } from "./pointer.ts";

test("a pointer selects texts, its star every member or item, its escapes what they stand for", () => {
  const value = { a: ["x", 1, "y"], "b/c": { "~": "z" }, "*": { d: "star" }, e: null };
  const at = (pattern: string) => textsAt(value, pattern).map(({ pointer, text }) => `${pointer}=${text}`);
  assert.deepEqual(at("/a/*"), ["/a/0=x", "/a/2=y"]);
  assert.deepEqual(at("/a/2"), ["/a/2=y"]);
  assert.deepEqual(at("/b~1c/~0"), ["/b~1c/~0=z"]);
  assert.deepEqual(at("/*/d"), ["/*/d=star"]);
  assert.deepEqual([...at("/a"), ...at("/none/x"), ...at("/e/x"), ...at("")], []);
});

test("every text that is in a value is found where it is", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      for (const found of textsIn(value)) {
        const exact = found.pointer.split("/").includes("*") ? [found] : textsAt(value, found.pointer);
        assert.deepEqual(exact, [found]);
      }
      assert.equal(textsIn(value).length, countTexts(value));
    }),
  );
});

function countTexts(value: unknown): number {
  if (typeof value === "string") return 1;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce<number>((count, inner) => count + countTexts(inner), 0);
}
