import assert from "node:assert/strict";
import { test } from "node:test";
import { parseOverride } from "./override.ts";

test("true means live, false means in-process, nothing means nothing", () => {
  assert.equal(parseOverride("embedding", "true"), "live");
  assert.equal(parseOverride("embedding", "false"), "in-process");
  assert.equal(parseOverride("embedding", undefined), undefined);
});

for (const text of ["", "1", "0", "TRUE", "yes", "live", " true"]) {
  test(`"${text}" is refused, with the capability's name and what it must be`, () => {
    assert.throws(() => parseOverride("embedding", text), {
      message: `the override of "embedding" is "${text}": it must be "true" or "false"`,
    });
  });
}
