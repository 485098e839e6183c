import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { invalid, isAnswer, notFound, ServiceError, tooLarge } from "./service-error.ts";

describe("a service error", () => {
  it("fits a gRPC trailer, however long its text and many its fields", () => {
    const violations = Array.from({ length: 1000 }, (_, n) => ({
      field: `texts[${n}]`,
      message: "\ud800".repeat(999),
    }));
    const error = new ServiceError("INVALID_ARGUMENT", "가".repeat(10_000), violations);
    assert.equal(error.message.length, 500);
    assert.equal(error.violations.length, 20);
    assert.ok(error.violations.every(({ message }) => message.length === 500 && message.isWellFormed()));
  });

  it("is an answer when the service has something to say, and none when it failed to", () => {
    assert.equal(isAnswer(invalid("k", "must be positive")), true);
    assert.equal(isAnswer(notFound("id", "there is none")), true);
    assert.equal(isAnswer(tooLarge("body", "must be at most 4 bytes")), true);
    assert.equal(isAnswer(new ServiceError("RESOURCE_EXHAUSTED", "too many texts are waiting")), false);
    assert.equal(isAnswer(new ServiceError("UNAVAILABLE", "away")), false);
    assert.equal(isAnswer(new ServiceError("INTERNAL", "internal error")), false);
    assert.equal(isAnswer(new Error("x")), false);
  });
});
