import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromProblem, toProblem } from "./problem.ts";
import { invalid, notFound, ServiceError, tooLarge } from "./service-error.ts";

describe("a problem", () => {
  it("says the code, the text and the fields of a service error", () => {
    assert.deepEqual(toProblem(invalid("k", "must be 1 to 1000")), {
      type: "about:blank",
      title: "INVALID_ARGUMENT",
      status: 400,
      detail: "k must be 1 to 1000",
      errors: [{ field: "k", message: "must be 1 to 1000" }],
    });
    assert.equal(toProblem(notFound("id", "there is no such object")).status, 404);
  });

  it("stands for the error it was made of, and nothing else stands for one", () => {
    for (const error of [invalid("k", "must be 1"), tooLarge("body", "is large"), notFound("id", "is not")]) {
      assert.deepEqual(fromProblem(JSON.stringify(toProblem(error))), error);
    }
    for (const body of ["", "{}", "null", '{"title":"NO_CODE","detail":"x","errors":[]}']) {
      assert.equal(fromProblem(body), undefined);
    }
  });

  it("says nothing of any other error", () => {
    for (const thrown of [new Error("password=secret"), "password=secret", undefined]) {
      assert.deepEqual(toProblem(thrown), {
        type: "about:blank",
        title: "INTERNAL",
        status: 500,
        detail: "internal error",
        errors: [],
      });
    }
  });

  it("tells an input over its limit (413) from a spent quota (429)", () => {
    assert.equal(toProblem(tooLarge("body", "must be at most 10 bytes")).status, 413);
    assert.equal(toProblem(new ServiceError("RESOURCE_EXHAUSTED", "slow down")).status, 429);
  });
});
