import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { retryAfterMs, retryDelayMs } from "./retry.ts";

const HOUR_MS = 3_600_000;
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const first = fc.integer({ min: 1, max: HOUR_MS });

test("a retry is a half to the whole of what doubles twice with each attempt, and an hour off at most", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), first, chance, (attempt, firstMs, by) => {
      const wholeMs = Math.min(HOUR_MS, firstMs * 4 ** (attempt - 1));
      const delayMs = retryDelayMs(attempt, firstMs, by);
      assert.ok(delayMs >= wholeMs / 2 && delayMs <= wholeMs);
      assert.ok(retryDelayMs(attempt + 1, firstMs, by) >= delayMs);
    }),
  );
});

test("Retry-After is heeded in seconds and as a date, up to an hour, and otherwise not", () => {
  const nowMs = Date.parse("2026-01-01T00:00:00Z");
  assert.equal(retryAfterMs("7", nowMs), 7000);
  assert.equal(retryAfterMs("Thu, 01 Jan 2026 00:00:05 GMT", nowMs), 5000);
  assert.equal(retryAfterMs("Thu, 01 Jan 2015 00:00:00 GMT", nowMs), 0);
  assert.equal(retryAfterMs("86400", nowMs), HOUR_MS);
  assert.equal(retryAfterMs("soon", nowMs), undefined);
  assert.equal(retryAfterMs(undefined, nowMs), undefined);
  fc.assert(
    fc.property(fc.string(), (said) => {
      const afterMs = retryAfterMs(said, nowMs) ?? 0;
      assert.ok(afterMs >= 0 && afterMs <= HOUR_MS);
    }),
  );
});
