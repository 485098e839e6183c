import { setTimeout as delay } from "node:timers/promises";

/** Between one look and the next, in milliseconds. */
const PAUSE_MS = 250;

/** Does the work until `signal` aborts, again after a pause whenever it ends; `lost` hears of the first failure in a row. */
export async function keepDoing(
  signal: AbortSignal,
  work: () => Promise<void>,
  lost: (error: unknown) => void,
): Promise<void> {
  let isLost = false;
  while (!signal.aborted) {
    try {
      await work();
      isLost = false;
    } catch (error) {
      if (!isLost) lost(error);
      isLost = true;
    }
    await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
}
