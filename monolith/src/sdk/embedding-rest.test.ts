import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { currentContext, newContext, runInContext } from "@oms/chassis/context/context.ts";
import { toProblem } from "@oms/chassis/errors/problem.ts";
import { invalid, isAnswer, ServiceError, tooLarge } from "@oms/chassis/errors/service-error.ts";
import { embeddingRest } from "./embedding-rest.ts";

const builds: string[] = [];
const rest = embeddingRest({
  url: "http://127.0.0.1:8055",
  modelVersion: "use-lite-1",
  answeredBy: (build) => builds.push(build),
});
const errorOf = (status: number, body: string) =>
  rest.errorOf({ status, headers: {}, body: Buffer.from(body) });
const refused = (error: ServiceError) => {
  const problem = toProblem(error);
  return errorOf(problem.status, JSON.stringify(problem));
};

describe("an answer of the service's REST", () => {
  it("is a value when it is of the model that OMS works with", () => {
    assert.equal(errorOf(200, '{"modelVersion":"use-lite-1","embedding":{}}'), undefined);
  });

  for (const [what, status, body] of [
    ["of another model", 200, '{"modelVersion":"use-lite-2","embedding":{}}'],
    ["of a model whose name begins alike", 200, '{"modelVersion":"use-lite-12","embedding":{}}'],
    ["that is garbage", 200, "<html>"],
    ["that is empty", 200, ""],
    ["of a status it never gives", 204, ""],
    ["of someone in between", 502, "<html>Bad Gateway</html>"],
    ["of someone else on its port", 404, "Cannot POST /embedding"],
    ["that only looks like a problem", 400, '{"title":"WRONG","detail":"x","errors":[]}'],
  ] as const)
    it(`${what} is a failure`, () => {
      const error = errorOf(status, body);
      assert.ok(error instanceof ServiceError && error.code === "UNAVAILABLE");
      assert.equal(isAnswer(error), false);
    });

  it("is the very error that the service threw", () => {
    for (const error of [invalid("text", "must not be empty"), tooLarge("body", "must be at most 4 bytes")]) {
      assert.deepEqual(refused(error), error);
      assert.equal(isAnswer(refused(error)), true);
    }
    assert.equal(
      isAnswer(refused(new ServiceError("RESOURCE_EXHAUSTED", "too many texts are waiting"))),
      false,
    );
    assert.equal(isAnswer(refused(new ServiceError("UNAVAILABLE", "starting"))), false);
  });

  it("is a failure when the service refuses the model that OMS works with", () => {
    assert.equal(isAnswer(refused(invalid("modelVersion", "must be use-lite-2"))), false);
    assert.equal(isAnswer(refused(invalid("modelVersion", "must be use-lite-1"))), true);
    assert.equal(isAnswer(refused(invalid("modelVersion", "must not be empty"))), true);
  });

  it("tells its build, and what it read first on each branch", () => {
    const context = newContext({ reads: new Map([["a", "first"]]) });
    runInContext(context, () => rest.answered({ "oms-build": "7", "oms-reads": "a=later&dev%2Foms=c1" }));
    assert.deepEqual(
      [...context.reads],
      [
        ["a", "first"],
        ["dev/oms", "c1"],
      ],
    );
    assert.deepEqual(builds, ["7"]);
  });
});

it("a request carries the context of its call", () => {
  const context = newContext({ author: "alice@oms", branch: "draft", key: "k", deadline: 5 });
  const headers = runInContext(context, rest.headers);
  const { traceparent } = context;
  assert.deepEqual(headers, {
    "oms-author": "alice@oms",
    "oms-branch": "draft",
    traceparent,
    "idempotency-key": "k",
    "oms-deadline": "5",
  });
  assert.notEqual(currentContext().author, "alice@oms");
});
