import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { type ErrorCode, ServiceError } from "../errors/service-error.ts";
import { createBreaker } from "./breaker.ts";

function rejecting(error: unknown): () => Promise<never> {
  return () => Promise.reject(error);
}

/** A breaker on a clock of the test's, and what happens to calls through it. */
function onOwnClock(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const breaker = createBreaker("oms.kernel.v1.KernelService");
  t.after(() => breaker.close());
  return {
    breaker,
    pass: (ms: number) => t.mock.timers.tick(ms),
    async failing(times: number, error: unknown = new ServiceError("UNAVAILABLE", "down")) {
      for (let n = 0; n < times; n += 1) await assert.rejects(breaker.run(rejecting(error)));
    },
    /** True when the breaker let a call through that then succeeds. */
    async letsThrough() {
      return breaker.run(async () => true).catch(() => false);
    },
  };
}

describe("a breaker", () => {
  it("stays closed for fewer than five calls", async (t) => {
    const { failing, letsThrough } = onOwnClock(t);
    await failing(4);
    assert.equal(await letsThrough(), true);
  });

  it("opens when most of five calls failed, and then says unavailable without calling", async (t) => {
    const { breaker, failing } = onOwnClock(t);
    await failing(5);
    const attempt = t.mock.fn(async () => true);
    await assert.rejects(breaker.run(attempt), {
      name: "ServiceError",
      code: "UNAVAILABLE",
      message: "oms.kernel.v1.KernelService is unavailable",
    });
    assert.equal(attempt.mock.callCount(), 0);
  });

  it("lets one call try after a second and closes when it succeeds", async (t) => {
    const { failing, letsThrough, pass } = onOwnClock(t);
    await failing(5);
    pass(999);
    assert.equal(await letsThrough(), false);
    pass(1);
    assert.equal(await letsThrough(), true);
    assert.equal(await letsThrough(), true);
  });

  it("lets no second call through while the first one tries", async (t) => {
    const { breaker, failing, letsThrough, pass } = onOwnClock(t);
    await failing(5);
    pass(1000);
    const answer = Promise.withResolvers<string>();
    const trial = breaker.run(() => answer.promise);
    assert.equal(await letsThrough(), false);
    answer.resolve("back");
    assert.equal(await trial, "back");
    assert.equal(await letsThrough(), true);
  });

  it("opens again when the trial fails", async (t) => {
    const { failing, letsThrough, pass } = onOwnClock(t);
    await failing(5);
    pass(1000);
    await failing(1);
    assert.equal(await letsThrough(), false);
    pass(1000);
    assert.equal(await letsThrough(), true);
  });

  it("does not open on what a service has to say, on callers leaving, or on messages too large", async (t) => {
    const codes: ErrorCode[] = [
      "INVALID_ARGUMENT",
      "NOT_FOUND",
      "ABORTED",
      "CANCELLED",
      "RESOURCE_EXHAUSTED",
    ];
    for (const code of codes) {
      await t.test(code, async (t) => {
        const { failing, letsThrough } = onOwnClock(t);
        await failing(20, new ServiceError(code, "no"));
        assert.equal(await letsThrough(), true);
      });
    }
  });

  it("counts silence, crashes and unknown errors as failures", async (t) => {
    const failures = [
      new ServiceError("DEADLINE_EXCEEDED", "late"),
      new ServiceError("INTERNAL", "x"),
      new Error("x"),
    ];
    for (const failure of failures) {
      await t.test(String(failure), async (t) => {
        const { failing, letsThrough } = onOwnClock(t);
        await failing(5, failure);
        assert.equal(await letsThrough(), false);
      });
    }
  });
});
