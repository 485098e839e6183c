import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff, deathsInARow } from "./restart.ts";

test("each death in a row doubles the pause, up to half a minute", () => {
  assert.deepEqual([1, 2, 3, 6, 20].map(backoff), [1_000, 2_000, 4_000, 30_000, 30_000]);
});

test("a process that lived for a minute starts over", () => {
  assert.equal(deathsInARow(4, 59_999), 5);
  assert.equal(deathsInARow(4, 60_000), 1);
});
