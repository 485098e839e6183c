import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Budget } from "./budget.ts";

test("over any stretch of time, calls take no more than their share of it plus what was saved", () => {
  const step = fc.record({
    waitMs: fc.integer({ min: 0, max: 500 }),
    takesMs: fc.integer({ min: 0, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 500 }), (steps) => {
      let now = 0;
      let used = 0;
      const budget = new Budget(0.01, 10, now);
      for (const { waitMs, takesMs } of steps) {
        now += waitMs;
        const taken = budget.take("embed", now);
        if (taken === undefined) continue;
        now += takesMs;
        used += takesMs;
        budget.settle(taken, takesMs);
        budget.learn("embed", takesMs, now);
      }
      assert.ok(used <= 10 + 0.01 * now + 9, `${used} ms of ${now} ms`);
    }),
  );
});

test("a call that is expected to take too long is not taken, until the expectation has aged", () => {
  const budget = new Budget(0.5, 10, 0);
  budget.learn("embed", 40, 0);
  assert.equal(budget.take("embed", 1000), undefined);
  const taken = budget.take("embed", 61_000);
  assert.ok(taken !== undefined && taken < 10);
});

test("a call that took longer than expected is paid for by later ones", () => {
  const budget = new Budget(0.01, 10, 0);
  const taken = budget.take("embed", 0) as number;
  budget.settle(taken, 50);
  budget.learn("embed", 1, 0);
  assert.equal(budget.take("embed", 3000), undefined);
  assert.notEqual(budget.take("embed", 5500), undefined);
});

test("what one method takes says nothing about another", () => {
  const budget = new Budget(0.5, 10, 0);
  budget.learn("embedBatch", 400, 0);
  assert.notEqual(budget.take("embed", 0), undefined);
});

test("a long quiet spell does not buy a long burst", () => {
  const budget = new Budget(0.01, 10, 0);
  budget.learn("embed", 5, 0);
  let calls = 0;
  // Straight after the spell, without time passing; the expectation is kept fresh by each call.
  while (budget.take("embed", 3_600_000) !== undefined) {
    budget.learn("embed", 5, 3_600_000);
    calls += 1;
    assert.ok(calls < 1000);
  }
  assert.ok(calls <= 200);
});
