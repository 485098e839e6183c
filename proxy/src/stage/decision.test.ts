import assert from "node:assert/strict";
import { test } from "node:test";
import { STAGES, type Stage } from "../model/stage.ts";
import { decide, type Wishes } from "./decision.ts";

/** Precedence, one row per case: override, ceiling, flag → stage, source. The flag server may be away. */
const TABLE = `
-          | -          | -              | in-process | default
-          | -          | shadow         | shadow     | flag
-          | -          | live           | live       | flag
-          | -          | complete       | complete   | flag
-          | -          | live?          | live       | last known
-          | -          | shadow?        | shadow     | last known
-          | in-process | -              | in-process | default
-          | in-process | live           | in-process | ceiling
-          | shadow     | live           | shadow     | ceiling
-          | shadow     | live?          | shadow     | ceiling
-          | shadow     | shadow         | shadow     | flag
-          | live       | shadow         | shadow     | flag
-          | live       | complete       | live       | ceiling
-          | complete   | live           | live       | flag
in-process | -          | live           | in-process | override
in-process | live       | live           | in-process | override
in-process | shadow     | complete       | in-process | override
live       | -          | -              | live       | override
live       | -          | shadow         | live       | override
live       | -          | complete       | live       | override
live       | live       | -              | live       | override
live       | shadow     | -              | shadow     | ceiling
live       | in-process | live           | in-process | ceiling
`;

for (const line of TABLE.trim().split("\n")) {
  const [override, ceiling, flag = "", stage, source] = line.split("|").map((cell) => cell.trim());
  test(`override ${override}, ceiling ${ceiling} and flag ${flag} make it ${stage} by ${source}`, () => {
    const wishes = {
      override: override === "-" ? undefined : override,
      ceiling: ceiling === "-" ? undefined : ceiling,
      flag:
        flag === "-"
          ? undefined
          : { stage: flag.replace("?", ""), source: flag.endsWith("?") ? "last known" : "flag" },
    } as Wishes;
    assert.deepEqual(decide(wishes), { stage, source });
  });
}

test("nothing but an override to in-process ever goes above or below the lower of wish and ceiling", () => {
  const rank = (stage: Stage) => STAGES.indexOf(stage);
  for (const ceiling of STAGES) {
    for (const stage of STAGES) {
      const decided = decide({ override: undefined, ceiling, flag: { stage, source: "flag" } }).stage;
      assert.equal(rank(decided), Math.min(rank(ceiling), rank(stage)));
    }
  }
});
