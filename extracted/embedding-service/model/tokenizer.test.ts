import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MODEL_DIRECTORY } from "../model.fixture.ts";
import { readModelDirectory } from "./directory.ts";
import { createTokeniser, cut, isPoorlyCovered, limit, readable } from "./tokenizer.ts";

const tokenise = createTokeniser(await readModelDirectory(MODEL_DIRECTORY));

test("English is well covered", () => {
  for (const text of ["A customer places an order.", "Invoice 4711 is overdue by 30 days", "x"]) {
    assert.deepEqual(
      { ...tokenise(text), ids: [] },
      { ids: [], poorlyCovered: false, truncated: false },
      text,
    );
  }
});

test("a text over a quarter of whose pieces are unknown is poorly covered", () => {
  for (const text of ["고객", "고객 주문 내역", "Order 고객", "  ", "\t"]) {
    assert.equal(tokenise(text).poorlyCovered, true, text);
  }
  assert.equal(tokenise("The customer, called 고객 in Korean, places an order").poorlyCovered, false);
});

test("the share of unknown pieces may be a quarter, not more", () => {
  assert.deepEqual(
    [isPoorlyCovered(4, 1), isPoorlyCovered(4, 2), isPoorlyCovered(0, 0)],
    [false, true, true],
  );
});

test("a text over the model's limit is cut and says so", () => {
  const { ids, truncated } = tokenise("word ".repeat(200));
  assert.deepEqual([ids.length, truncated], [128, true]);
  assert.equal(tokenise("a ".repeat(129)).ids.length, 128);
  assert.equal(tokenise("word ".repeat(20)).truncated, false);
});

test("a long run without a space is read up to its limit only", () => {
  const { ids, truncated } = tokenise("가".repeat(100_000));
  assert.ok(ids.length <= 128 && truncated);
});

test("a text that grows when its forms are unfolded is read up to a bound of the unfolded text", () => {
  assert.equal(readable("\u{fdfa}".repeat(1000), 1024).length, 64);
  assert.equal(readable(`${"plain text … ".repeat(100)}`, 1024).length, 1024);
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "가", "\u{fdfa}", "ﬁ", "🙂") }),
      fc.nat(40),
      (text, units) => {
        const head = readable(text, units);
        assert.ok(text.startsWith(head) && head.normalize("NFKC").length <= units * 2);
      },
    ),
  );
});

test("cutting never splits a surrogate pair", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.nat({ max: 20 }), (text, units) => {
      const wellFormed = text.toWellFormed();
      const head = cut(wellFormed, units);
      assert.ok(head.isWellFormed() && wellFormed.startsWith(head) && head.length <= units);
      assert.ok(head.length >= Math.min(units - 1, wellFormed.length));
    }),
  );
});

test("a closing special token survives the limit", () => {
  const special = new Set([101, 102]);
  assert.deepEqual(limit([101, 1, 2, 3, 102], 4, special), [101, 1, 2, 102]);
  assert.deepEqual(limit([1, 2, 3, 4, 5], 4, special), [1, 2, 3, 4]);
  assert.deepEqual(limit([101, 1, 102], 4, special), [101, 1, 102]);
});
