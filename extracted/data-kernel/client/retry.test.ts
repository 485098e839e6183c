import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { retryUnavailable } from "./retry.ts";

/** Throws `code` the first `failures` times. */
function failing(failures: number, code: ServiceError["code"]) {
  let calls = 0;
  return {
    calls: () => calls,
    async call() {
      calls += 1;
      if (calls <= failures) throw new ServiceError(code, "no");
      return "answer";
    },
  };
}

test("a call that finds nobody is repeated until it is answered", async () => {
  const kernel = failing(2, "UNAVAILABLE");
  assert.equal(await retryUnavailable(kernel.call, [0, 0, 0]), "answer");
  assert.equal(kernel.calls(), 3);
});

test("repetition ends with the error after the last pause", async () => {
  const kernel = failing(9, "UNAVAILABLE");
  await assert.rejects(retryUnavailable(kernel.call, [0, 0]), { code: "UNAVAILABLE" });
  assert.equal(kernel.calls(), 3);
});

test("what the kernel has said is not asked again", async () => {
  const kernel = failing(1, "ABORTED");
  await assert.rejects(retryUnavailable(kernel.call, [0]), { code: "ABORTED" });
  assert.equal(kernel.calls(), 1);
});
