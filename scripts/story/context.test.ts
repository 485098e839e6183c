import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CheckFailed, storyContext } from "./context.ts";
import { seeded } from "./random.ts";
import type { System } from "./story.ts";

function contextOf(signal = new AbortController().signal) {
  const system = { env: {} } as System;
  return storyContext({ long: false, seed: 1, signal, progress: () => undefined }, system);
}

test("checks that hold are counted, one that does not ends the story", () => {
  const { context, checks } = contextOf();
  context.check(true, "fine");
  assert.throws(() => context.check(false, "0 calls failed"), new CheckFailed("0 calls failed"));
  assert.equal(checks(), 1);
});

test("until gives the first answer that is there, whatever failed before", async () => {
  const answers = [() => undefined, () => false as const, () => assert.fail("not yet"), () => 0];
  const { context, checks } = contextOf();
  assert.equal(await context.until(() => answers.shift()?.(), "an answer"), 0);
  assert.equal(checks(), 1);
});

test("until ends the story when time is up, with the last error as cause", async () => {
  const { context } = contextOf();
  const asked = context.until(() => Promise.reject(new Error("refused")), "OMS answers", 0.1);
  await assert.rejects(asked, (error: Error) => {
    assert.equal(error.message, "OMS answers, within 0.1 s");
    return error.cause instanceof Error && error.cause.message === "refused";
  });
});

test("until stops asking when the story is over", async () => {
  const over = new AbortController();
  const asked = contextOf(over.signal).context.until(() => false, "never");
  over.abort();
  await assert.rejects(asked, { name: "AbortError" });
});

test("the same seed gives the same numbers, all from 0 up to 1", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const [one, two] = [seeded(seed), seeded(seed)];
      for (let i = 0; i < 20; i += 1) {
        const number = one();
        assert.equal(number, two());
        assert.ok(number >= 0 && number < 1);
      }
    }),
  );
  assert.notEqual(seeded(1)(), seeded(2)());
});
