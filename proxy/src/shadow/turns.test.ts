import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Turns } from "./turns.ts";

test("no more than the width run at once, and the others run in the order they came", async () => {
  const turns = new Turns(2, 1000, () => 0);
  const ends: (() => void)[] = [];
  const started: number[] = [];
  const runs = Array.from({ length: 5 }, (_, i) =>
    turns.take(() => {
      started.push(i);
      return new Promise<void>((resolve) => ends.push(resolve));
    }),
  );
  await nextTurn();
  assert.deepEqual(started, [0, 1]);
  for (let ended = 0; ended < 5; ended++) {
    ends[ended]?.();
    await nextTurn();
    assert.deepEqual(started, [0, 1, 2, 3, 4].slice(0, Math.min(5, ended + 3)));
  }
  await Promise.all(runs);
});

test("one that comes while others wait does not overtake them, nor run beside them", async () => {
  const turns = new Turns(1, 1000, () => 0);
  const ends: (() => void)[] = [];
  const started: string[] = [];
  const take = (name: string) =>
    turns.take(() => {
      started.push(name);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
  const first = [take("a"), take("b")];
  await nextTurn();
  ends[0]?.();
  await nextTurn();
  const late = take("c");
  await nextTurn();
  assert.deepEqual(started, ["a", "b"]);
  ends[1]?.();
  await nextTurn();
  ends[2]?.();
  await Promise.all([...first, late]);
  assert.deepEqual(started, ["a", "b", "c"]);
});

test("one whose turn comes too late does not run", async () => {
  let now = 0;
  const turns = new Turns(1, 100, () => now);
  const first = Promise.withResolvers<string>();
  const running = turns.take(() => first.promise);
  let ran = false;
  const waiting = turns.take(async () => {
    ran = true;
  });
  now = 101;
  first.resolve("first");
  assert.equal(await running, "first");
  assert.equal(await waiting, undefined);
  assert.equal(ran, false);
  assert.equal(await turns.take(() => Promise.resolve("next")), "next");
});

test("one that fails gives its turn on", async () => {
  const turns = new Turns(1, 100, () => 0);
  await assert.rejects(
    turns.take(() => Promise.reject(new Error("bug"))),
    { message: "bug" },
  );
  assert.equal(await turns.take(() => Promise.resolve("next")), "next");
});
