import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { gramsOf, shareFound } from "./trigram.ts";
import { TrigramTable } from "./trigram-table.ts";

test("a query falls into the windows of three code points of each of its words", () => {
  const cases: [string, string[]][] = [
    ["고객", ["고객"]],
    ["고객주문", ["고객주", "객주문"]],
    ["배송 주문", ["배송", "주문"]],
    ["Order", ["ord", "rde", "der"]],
    ["ＡＢＣ abc", ["abc"]],
    ["🚚🚚🚚🚚", ["🚚🚚🚚"]],
    ["  ", []],
    ["물", ["물"]],
  ];
  for (const [query, grams] of cases) assert.deepEqual(gramsOf(query), grams, query);
});

test("the score is the share of the grams the text contains", () => {
  const cases: [string, string, number][] = [
    ["고객", "우수 고객 목록", 1],
    ["고객주문", "고객주소", 0.5],
    ["배송 주문", "주문 후 배송", 1],
    ["고객", "주문", 0],
    ["ORDER", "an order", 1],
    ["", "anything", 0],
  ];
  for (const [query, text, share] of cases) assert.equal(shareFound(gramsOf(query), text), share, query);
});

test("the table proposes every text that contains a gram", () => {
  const unit = fc.constantFrom(
    "고",
    "객",
    "주",
    "문",
    "a",
    "B",
    "%",
    "_",
    '"',
    "\\",
    "'",
    " ",
    "🚚",
    "\0",
    "é",
    "*",
  );
  const text = fc.string({ unit, maxLength: 12 });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 12 }), text, (texts, query) => {
      const table = new TrigramTable();
      for (const [index, each] of texts.entries()) table.add(index + 1, each);
      const grams = gramsOf(query);
      const proposed = table.candidates(grams);
      texts.forEach((each, index) => {
        if (shareFound(grams, each) > 0) assert.ok(proposed.has(index + 1), JSON.stringify({ query, each }));
      });
      table.close();
    }),
  );
});

test("a removed text is proposed no more", () => {
  const table = new TrigramTable();
  table.add(1, "고객 주문");
  table.add(2, "고객 목록");
  table.remove(1);
  assert.deepEqual(table.candidates(gramsOf("고객")), new Set([2]));
  table.close();
});
