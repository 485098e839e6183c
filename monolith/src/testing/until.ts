import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";

const MOST_MS = 60_000;

/** Looks again and again until it is so; fails after a minute. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + MOST_MS;
  while (!(await condition())) {
    assert.ok(performance.now() < end, `it is not so within a minute: ${condition}`);
    await wait(20);
  }
}
