import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileSchema } from "./schema.ts";

const findings = (schema: object, value: unknown) =>
  compileSchema({ type: "T", schema })
    .findingsIn(value)
    .map(({ field, message }) => `${field} ${message}`);

const problems = (schema: object) => compileSchema({ type: "T", schema }).problems;

/** It would take longer than anybody lives. */
const EVIL = { pattern: "^(a+)+$", text: `${"a".repeat(200)}!` };

describe("a schema", () => {
  test("judges a text by a pattern in no time, whatever the pattern and the text", () => {
    assert.deepEqual(findings({ pattern: EVIL.pattern }, EVIL.text), [
      ` must match pattern "${EVIL.pattern}"`,
    ]);
    const named = { patternProperties: { [EVIL.pattern]: false } };
    assert.deepEqual(findings(named, { [EVIL.text]: 1 }), []);
  });

  test("has patterns as ECMA-262 and RE2 both have them", () => {
    const korean = { pattern: "^[\\uAC00-\\uD7A3]+$" };
    assert.deepEqual([findings(korean, "서울"), findings(korean, "Seoul").length], [[], 1]);
    assert.deepEqual(findings({ pattern: "^\\p{Lu}.$" }, "A🌊"), []);
    assert.deepEqual(findings({ pattern: "b" }, "abc"), []);
    for (const pattern of ["(?=a)a", "(a)\\1", "(", "(?i)a", "\\-"]) {
      const [problem] = problems({ pattern });
      assert.match(`${problem?.field} ${problem?.message}`, /^\/schema is no JSON Schema: /, pattern);
    }
  });

  test("tells a hundred thousand different items from equal ones", () => {
    const items = Array.from({ length: 100_000 }, (_, n) => ({ n }));
    assert.deepEqual(findings({ uniqueItems: true }, items), []);
    assert.deepEqual(findings({ uniqueItems: true }, [...items, { n: 7 }]), [
      " must NOT have duplicate items",
    ]);
  });

  test("takes items for equal by value: names in any order, 1 as 1.0, but no text for a number", () => {
    const unique = (...items: unknown[]) => findings({ uniqueItems: true }, items).length === 0;
    assert(!unique({ a: 1, b: [{ c: 2, d: 3 }] }, { b: [{ d: 3, c: 2 }], a: 1 }));
    assert(!unique(JSON.parse("1.0"), 1) && !unique(0, -0));
    assert(unique(1, "1", true, "true", null, "null", [1], ["1"], { a: 1 }, { a: "1" }, [[]], []));
    assert.deepEqual(findings({ uniqueItems: false }, [1, 1]), []);
  });
});
