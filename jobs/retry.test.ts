import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "./job.ts";
import { afterFailure, afterLoss } from "./retry.ts";

const NOW_MS = 1_000_000;
const RETRY = { attempts: 5, backoffMs: 100, maxBackoffMs: 500 };

function terms(owner: Job["owner"], effect: Job["effect"]) {
  return { retry: RETRY, owner, effect };
}

const SERVICE = terms("extracted", "idempotent");

/** How long attempts 2, 3 and so on wait; "failed" where there is none. */
function waits(next: (n: number) => ReturnType<typeof afterLoss>): (number | string)[] {
  return [1, 2, 3, 4, 5].map((n) => {
    const said = next(n);
    return said.status === "waiting" ? said.notBeforeMs - NOW_MS : said.status;
  });
}

test("each attempt waits twice as long as the one before, up to a bound, until there are no more", () => {
  const expected = [100, 200, 400, 500, "failed"];
  for (const outcome of ["failed", "timeout"] as const)
    assert.deepEqual(
      waits((n) => afterFailure(SERVICE, { n, outcome, final: false }, NOW_MS)),
      expected,
    );
  assert.deepEqual(
    waits((n) => afterLoss(SERVICE, n, NOW_MS)),
    expected,
  );
});

test("the hundredth attempt waits no longer than the bound", () => {
  const patient = { ...SERVICE, retry: { ...RETRY, attempts: 101 } };
  assert.deepEqual(afterLoss(patient, 100, NOW_MS), { status: "waiting", notBeforeMs: NOW_MS + 500 });
});

test("a final failure is the last one", () => {
  assert.deepEqual(afterFailure(SERVICE, { n: 1, outcome: "failed", final: true }, NOW_MS), {
    status: "failed",
  });
});

test("OMS retries what failed, and never what was lost", () => {
  const module = terms("in-process", "idempotent");
  assert.equal(afterFailure(module, { n: 1, outcome: "failed", final: false }, NOW_MS).status, "waiting");
  assert.deepEqual(afterLoss(module, 1, NOW_MS), { status: "unknown" });
});

test("what is to happen once is never tried again, and is unknown where nobody can tell its end", () => {
  for (const owner of ["in-process", "extracted"] as const) {
    const once = terms(owner, "once");
    const ends = [
      afterFailure(once, { n: 1, outcome: "failed", final: false }, NOW_MS),
      afterFailure(once, { n: 1, outcome: "timeout", final: false }, NOW_MS),
      afterLoss(once, 1, NOW_MS),
    ];
    assert.deepEqual(
      ends.map(({ status }) => status),
      ["failed", "unknown", "unknown"],
    );
  }
});
