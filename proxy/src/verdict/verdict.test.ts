import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DEFAULT_STANDARD, judge, type Verdict, worstOf } from "./verdict.ts";

const NO_CONTROL = { hits: 0, trials: 0 };
const RUNS = 300;
const CALLS = 4000;

/** Mulberry32: the same seed gives the same calls again. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Every verdict that was ever reached by somebody who looks after each mismatch and every tenth call. */
function verdictsSeen(rate: number, seed: number): Set<Verdict> {
  const next = seeded(seed);
  const seen = new Set<Verdict>();
  let hits = 0;
  for (let trials = 1; trials <= CALLS; trials += 1) {
    const mismatch = next() < rate;
    if (mismatch) hits += 1;
    if (!mismatch && trials % 10 > 0) continue;
    seen.add(judge({ compared: { hits, trials }, control: NO_CONTROL }, DEFAULT_STANDARD).verdict);
  }
  return seen;
}

function shareOfRuns(rate: number, verdict: Verdict): number {
  const runs = Array.from({ length: RUNS }, (_, seed) => verdictsSeen(rate, seed + 1));
  return runs.filter((seen) => seen.has(verdict)).length / RUNS;
}

describe("a verdict that is looked at all the time", () => {
  const { tolerance, alpha } = DEFAULT_STANDARD;

  test("calls a service at the tolerance different, or equivalent, in fewer than alpha of the runs", () => {
    assert.ok(shareOfRuns(tolerance, "different") <= alpha);
    assert.ok(shareOfRuns(tolerance, "equivalent") <= alpha);
  });

  test("calls a service with three times the tolerance different in nearly every run", () => {
    assert.ok(shareOfRuns(3 * tolerance, "different") > 0.95);
    assert.ok(shareOfRuns(3 * tolerance, "equivalent") <= alpha);
  });

  test("calls a service with a tenth of the tolerance equivalent in nearly every run", () => {
    assert.ok(shareOfRuns(tolerance / 10, "equivalent") > 0.95);
    assert.equal(shareOfRuns(tolerance / 10, "different"), 0);
  });
});

describe("judge", () => {
  const control = (hits: number, trials: number) => ({ hits, trials });

  test("finds silence, and a handful of clean calls, not enough", () => {
    for (const trials of [0, 10, 299]) {
      const { verdict } = judge({ compared: { hits: 0, trials }, control: NO_CONTROL }, DEFAULT_STANDARD);
      assert.equal(verdict, "not enough evidence");
    }
  });

  test("excuses differences the in-process side has with itself, and no more than those", () => {
    const compared = { hits: 600, trials: 20_000 };
    const verdict = (noise: { hits: number; trials: number }) =>
      judge({ compared, control: noise }, DEFAULT_STANDARD).verdict;
    assert.equal(verdict(NO_CONTROL), "different");
    assert.equal(verdict(control(0, 20_000)), "different");
    assert.equal(verdict(control(600, 20_000)), "equivalent");
    assert.equal(verdict(control(100, 20_000)), "different");
  });

  test("finds a method whose every call differs different within fifty calls", () => {
    const { verdict } = judge({ compared: { hits: 50, trials: 50 }, control: NO_CONTROL }, DEFAULT_STANDARD);
    assert.equal(verdict, "different");
  });
});

describe("a capability", () => {
  const table: readonly (readonly [readonly Verdict[], Verdict])[] = [
    [[], "not enough evidence"],
    [["equivalent"], "equivalent"],
    [["equivalent", "not enough evidence"], "not enough evidence"],
    [["equivalent", "not enough evidence", "different"], "different"],
  ];
  for (const [verdicts, worst] of table) {
    test(`with methods ${verdicts.join(", ") || "of no kind"} is ${worst}`, () => {
      assert.equal(worstOf(verdicts), worst);
    });
  }
});
