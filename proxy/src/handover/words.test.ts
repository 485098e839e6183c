import assert from "node:assert/strict";
import { test } from "node:test";
import type { HandedOver } from "./hand-over.ts";
import { handedOverText, ownershipText, progressText } from "./words.ts";

const DONE: HandedOver = {
  owned: { "in-process": 0, extracted: 200 },
  moved: { "in-process": 0, extracted: 120 },
  refused: [],
  elsewhere: 0,
  stopped: false,
  tookMs: 1234,
  longestMs: 11.2,
};

test("progress is how many, how fast, and how long it will take", () => {
  assert.equal(progressText({ done: 50, of: 2000, elapsedMs: 500 }), "50 of 2,000, 100/s, 19.5 s left");
});

test("a handover says its bound", () => {
  assert.equal(
    handedOverText("scheduler", DONE),
    "scheduler: 120 moved to extracted, 0 to in-process in 1.2 s, none of them between its owners for over 12 ms\n" +
      "scheduler: in-process owns 0, extracted 200\n",
  );
  assert.doesNotMatch(
    handedOverText("scheduler", { ...DONE, moved: { "in-process": 0, extracted: 0 } }),
    /over/,
  );
});

test("what is left is told with how to go on, and what cannot be moved with why", () => {
  const stopped = handedOverText("scheduler", { ...DONE, stopped: true, elsewhere: 80 });
  assert.match(stopped, /stopped: 80 are still to be moved; the same command goes on/);
  assert.match(handedOverText("scheduler", { ...DONE, elsewhere: 3 }), /3 are elsewhere by now/);
  const refused = Array.from({ length: 22 }, (_, i) => ({ id: `job-${i}`, why: "no\nanswer" }));
  const text = handedOverText("scheduler", { ...DONE, refused });
  assert.match(text, /22 cannot be moved:\n {2}job-0: no answer\n/);
  assert.match(text, /and 2 more\n$/);
});

test("ownership names what is not where its stage says", () => {
  const sides = { "in-process": 1, extracted: 0 };
  const piece = { id: "nightly", side: "in-process", fields: {} } as const;
  assert.equal(
    ownershipText("scheduler", { sides, elsewhere: [piece] }),
    "scheduler: in-process owns 1, extracted 0\n1 are not where their stage says:\n  nightly: is in-process\n",
  );
});
