import assert from "node:assert/strict";
import { test } from "node:test";
import type { Observation, Outcome } from "../model/observation.ts";
import type { Side } from "../model/side.ts";
import { compareOutcomes } from "./outcomes.ts";

class Refusal extends Error {
  readonly code: string;
  readonly violations: readonly { field: string }[];

  constructor(code: string, field: string) {
    super(`${field} is secret`);
    this.code = code;
    this.violations = [{ field }];
  }
}

function saw(side: Side, outcome: Outcome<unknown>): Observation<unknown> {
  return { side, durationMs: 1, outcome };
}
const value = (of: unknown): Outcome<unknown> => ({ kind: "value", value: of });
const answer = (error: unknown): Outcome<unknown> => ({ kind: "answer", error });
const failure = (error: unknown): Outcome<unknown> => ({ kind: "failure", failure: "error", error });

function compare(a: Outcome<unknown>, b: Outcome<unknown>) {
  const same = (x: unknown, y: unknown) =>
    x === y ? ({ outcome: "match" } as const) : ({ outcome: "mismatch", because: "values" } as const);
  return compareOutcomes(saw("in-process", a), saw("extracted", b), same);
}

test("two values are compared as the method says", () => {
  assert.deepEqual(compare(value(1), value(1)), { outcome: "match" });
  assert.deepEqual(compare(value(1), value(2)), { outcome: "mismatch", because: "values" });
});

test("two refusals are alike when code and violations are, whatever their text", () => {
  const a = new Refusal("NOT_FOUND", "id");
  const b = Object.assign(new Refusal("NOT_FOUND", "id"), { message: "in other words" });
  assert.deepEqual(compare(answer(a), answer(b)), { outcome: "match" });
});

test("refusals with different codes or fields differ", () => {
  assert.deepEqual(compare(answer(new Refusal("NOT_FOUND", "id")), answer(new Refusal("ABORTED", "id"))), {
    outcome: "mismatch",
    because: "NOT_FOUND against ABORTED",
  });
  assert.equal(
    compare(answer(new Refusal("NOT_FOUND", "id")), answer(new Refusal("NOT_FOUND", "key"))).outcome,
    "mismatch",
  );
});

test("errors without a code are compared by name and message", () => {
  assert.deepEqual(compare(failure(new Error("x")), failure(new Error("x"))), { outcome: "match" });
  assert.equal(compare(failure(new Error("x")), failure(new Error("y"))).outcome, "mismatch");
  assert.equal(compare(failure(new Error("x")), failure(new TypeError("x"))).outcome, "mismatch");
});

test("a failure of one side alone is a mismatch, and its text is not told", () => {
  assert.deepEqual(compare(value(1), failure(new Refusal("UNAVAILABLE", "password"))), {
    outcome: "mismatch",
    because: "in-process answered, extracted failed (UNAVAILABLE)",
  });
});

test("a timeout of one side alone is a mismatch", () => {
  const late: Outcome<unknown> = { kind: "failure", failure: "deadline", error: new Error("late") };
  assert.deepEqual(compare(value(1), late), {
    outcome: "mismatch",
    because: "in-process answered, extracted failed (deadline)",
  });
});

test("a refusal against a failure is a mismatch", () => {
  assert.deepEqual(compare(answer(new Refusal("NOT_FOUND", "id")), failure("boom")), {
    outcome: "mismatch",
    because: "in-process refused (NOT_FOUND), extracted failed (string)",
  });
});
