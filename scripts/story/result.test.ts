import assert from "node:assert/strict";
import { test } from "node:test";
import { lastLine } from "./result.ts";

const result = { story: "boot", ok: true, seconds: 33.6, checks: 4, seed: 7, figures: {}, logs: ".run/logs" };

test("a story that holds ends in one line with its figures", () => {
  const figures = { calls: 1234, failed: 0, p99: "3.1 ms" };
  assert.equal(
    lastLine({ ...result, figures }),
    "ok boot 34 s · 4 checks · 1,234 calls · 0 failed · p99 3.1 ms",
  );
});

test("a story that fails says what did not hold, where the logs are, and how to repeat it", () => {
  const failed = { ...result, ok: false, error: "did not hold: 0 calls failed", figures: { calls: 9 } };
  assert.equal(
    lastLine(failed),
    "did not hold: 0 calls failed\nlogs: .run/logs\nfailed boot 34 s · 4 checks · 9 calls · seed 7",
  );
});
