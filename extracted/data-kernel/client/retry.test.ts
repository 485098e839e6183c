import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { resumed, retryUnavailable } from "./retry.ts";

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

/** A list from `place.at` on, cut with `code` before every item of which the number is in `cuts`, once each. */
function cutting(length: number, cuts: readonly number[], code: ServiceError["code"] = "UNAVAILABLE") {
  const place = { at: 0 };
  const left = [...cuts];
  const open = async function* () {
    for (let n = place.at; n < length; n += 1) {
      const cut = left.indexOf(n);
      if (cut >= 0) {
        left.splice(cut, 1);
        throw new ServiceError(code, "cut");
      }
      yield n;
    }
  };
  return { place, open };
}

async function read({ place, open }: ReturnType<typeof cutting>): Promise<number[]> {
  const seen: number[] = [];
  for await (const n of resumed(open, [0, 0])) {
    seen.push(n);
    place.at = n + 1;
  }
  return seen;
}

test("a stream goes on where it was cut, however often it is, and gives each item once", async () => {
  assert.deepEqual(await read(cutting(6, [0, 0, 1, 2, 2, 3, 4, 5])), [0, 1, 2, 3, 4, 5]);
});

test("a stream that cannot go on ends with the error", async () => {
  await assert.rejects(read(cutting(6, [3, 3, 3])), { code: "UNAVAILABLE" });
});

test("a stream that was refused is not opened again", async () => {
  await assert.rejects(read(cutting(6, [3], "NOT_FOUND")), { code: "NOT_FOUND" });
});
