import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ServiceError } from "./errors/service-error.ts";
import { createReadiness } from "./readiness.ts";

describe("readiness", () => {
  it("holds while every check returns", async () => {
    const readiness = createReadiness();
    assert.deepEqual(await readiness.check(), { ready: true, checks: {} });
    readiness.add("model", () => {});
    readiness.add("kernel", async () => {});
    assert.deepEqual(await readiness.check(), { ready: true, checks: { model: "ok", kernel: "ok" } });
  });

  it("says which check fails and why, but not what an unknown error says", async () => {
    const readiness = createReadiness();
    readiness.add("kernel", async () => {
      throw new ServiceError("UNAVAILABLE", "the kernel is unavailable");
    });
    readiness.add("redis", () => {
      throw new Error("connect ECONNREFUSED 10.0.0.7");
    });
    readiness.add("model", () => {});
    assert.deepEqual(await readiness.check(), {
      ready: false,
      checks: { kernel: "the kernel is unavailable", redis: "failed", model: "ok" },
    });
  });

  it("takes a check that hangs for one that fails", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const readiness = createReadiness();
    readiness.add("redis", () => new Promise(() => {}));
    const answer = readiness.check();
    t.mock.timers.tick(2000);
    assert.deepEqual(await answer, { ready: false, checks: { redis: "did not answer" } });
  });
});
