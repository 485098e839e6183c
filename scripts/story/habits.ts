import { setTimeout as wait } from "node:timers/promises";

/** What is done again and again, each time after a pause, in milliseconds. */
export type Habit = {
  readonly pauseMs: number | (() => number);
  readonly act: () => Promise<unknown> | unknown;
};

/** Goes on with all habits, side by side, for so many seconds; rejects with the first that fails. */
export async function keepUp(
  habits: readonly Habit[],
  { seconds, signal }: { readonly seconds: number; readonly signal: AbortSignal },
): Promise<void> {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const ended = Promise.all(habits.map((habit) => repeat(habit, until)));
  try {
    await Promise.race([wait(seconds * 1000, undefined, { signal }), ended]);
  } finally {
    over.abort();
  }
  await ended;
}

async function repeat({ pauseMs, act }: Habit, until: AbortSignal): Promise<void> {
  for (;;) {
    const ms = typeof pauseMs === "number" ? pauseMs : pauseMs();
    await wait(ms, undefined, { signal: until }).catch(() => undefined);
    if (until.aborted) return;
    await act();
  }
}
