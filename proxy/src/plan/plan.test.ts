import assert from "node:assert/strict";
import { test } from "node:test";
import { type Plan, planFor, type Situation, watchedSide } from "./plan.ts";

/** The table of DESIGN.md, one row per situation: stage, effect, fallback, admitted → authority, watched, fallback. */
const TABLE = `
in-process | read       | -     | no  | in-process | -          | -
in-process | read       | -     | yes | in-process | -          | -
in-process | read       | never | no  | in-process | -          | -
in-process | read       | never | yes | in-process | -          | -
in-process | idempotent | -     | no  | in-process | -          | -
in-process | idempotent | -     | yes | in-process | -          | -
in-process | idempotent | never | no  | in-process | -          | -
in-process | idempotent | never | yes | in-process | -          | -
in-process | once       | -     | no  | in-process | -          | -
in-process | once       | -     | yes | in-process | -          | -
in-process | once       | never | no  | in-process | -          | -
in-process | once       | never | yes | in-process | -          | -
shadow     | read       | -     | no  | in-process | -          | -
shadow     | read       | -     | yes | in-process | extracted  | -
shadow     | read       | never | no  | in-process | -          | -
shadow     | read       | never | yes | in-process | extracted  | -
shadow     | idempotent | -     | no  | in-process | -          | -
shadow     | idempotent | -     | yes | in-process | extracted  | -
shadow     | idempotent | never | no  | in-process | -          | -
shadow     | idempotent | never | yes | in-process | extracted  | -
shadow     | once       | -     | no  | in-process | -          | -
shadow     | once       | -     | yes | in-process | extracted  | -
shadow     | once       | never | no  | in-process | -          | -
shadow     | once       | never | yes | in-process | extracted  | -
live       | read       | -     | no  | extracted  | -          | in-process
live       | read       | -     | yes | extracted  | in-process | in-process
live       | read       | never | no  | extracted  | -          | -
live       | read       | never | yes | extracted  | in-process | -
live       | idempotent | -     | no  | extracted  | -          | in-process
live       | idempotent | -     | yes | extracted  | in-process | in-process
live       | idempotent | never | no  | extracted  | -          | -
live       | idempotent | never | yes | extracted  | in-process | -
live       | once       | -     | no  | extracted  | -          | -
live       | once       | -     | yes | extracted  | in-process | -
live       | once       | never | no  | extracted  | -          | -
live       | once       | never | yes | extracted  | in-process | -
complete   | read       | -     | no  | extracted  | -          | -
complete   | read       | -     | yes | extracted  | -          | -
complete   | read       | never | no  | extracted  | -          | -
complete   | read       | never | yes | extracted  | -          | -
complete   | idempotent | -     | no  | extracted  | -          | -
complete   | idempotent | -     | yes | extracted  | -          | -
complete   | idempotent | never | no  | extracted  | -          | -
complete   | idempotent | never | yes | extracted  | -          | -
complete   | once       | -     | no  | extracted  | -          | -
complete   | once       | -     | yes | extracted  | -          | -
complete   | once       | never | no  | extracted  | -          | -
complete   | once       | never | yes | extracted  | -          | -
`;

const ROWS = TABLE.trim()
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()));

function situationOf(row: readonly string[]): Situation {
  const [stage, effect, fallback, admitted] = row;
  return {
    stage,
    effect,
    admitted: admitted === "yes",
    ...(fallback === "never" && { fallback }),
  } as Situation;
}

function planOf(row: readonly string[]): Plan {
  const [authority, watched, fallback] = row.slice(4);
  return {
    authority,
    ...(watched !== "-" && { watched }),
    ...(fallback !== "-" && { fallback }),
  } as Plan;
}

test("the table holds every situation once", () => {
  const situations = new Set(ROWS.map((row) => row.slice(0, 4).join()));
  assert.equal(ROWS.length, 4 * 3 * 2 * 2);
  assert.equal(situations.size, ROWS.length);
});

for (const row of ROWS) {
  test(`the plan is as the table says: ${row.join(" ")}`, () => {
    assert.deepEqual(planFor(situationOf(row)), planOf(row));
  });
}

test("a stage watches the side that has no authority, and only while both sides are in play", () => {
  assert.equal(watchedSide("in-process"), undefined);
  assert.equal(watchedSide("shadow"), "extracted");
  assert.equal(watchedSide("live"), "in-process");
  assert.equal(watchedSide("complete"), undefined);
});
