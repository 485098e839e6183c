import assert from "node:assert/strict";
import { test } from "node:test";
import { invalid, ServiceError, tooLarge } from "@oms/chassis/errors/service-error.ts";
import { isAway, pauseMs, settlementOf } from "./settle.ts";

test("what another try would be refused alike is dead at once", () => {
  for (const error of [invalid("data", "must be an object"), tooLarge("text", "must be shorter")])
    assert.equal(settlementOf(error, 1).as, "dead");
});

test("everything else comes again, later each time, and says why", () => {
  const again = (attempt: number) => settlementOf(new ServiceError("ABORTED", "others came first"), attempt);
  assert.deepEqual(again(1), { as: "again", delayMs: 250, reason: "ABORTED: others came first" });
  assert.deepEqual([2, 3, 8, 9, 1000].map(pauseMs), [500, 1000, 32_000, 60_000, 60_000]);
  for (const thrown of [new TypeError("x is not a function"), "text", undefined, tooManyCalls()])
    assert.equal(settlementOf(thrown, 1).as, "again");
});

test("only what did not answer at all is away", () => {
  assert.equal(isAway(new ServiceError("UNAVAILABLE", "no kernel")), true);
  assert.equal(isAway(new ServiceError("DEADLINE_EXCEEDED", "no kernel")), true);
  assert.equal(isAway(invalid("data", "is wrong")), false);
  assert.equal(isAway(new Error("a bug")), false);
});

/** A spent quota names no field: it is not the event that is too large. */
const tooManyCalls = () => new ServiceError("RESOURCE_EXHAUSTED", "too many calls");
