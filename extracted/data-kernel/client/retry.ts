import { setTimeout as delay } from "node:timers/promises";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";

const PAUSES_MS = [25, 100, 400];

/**
 * Repeats a call that did not reach the kernel. Only for reads and commits: a commit's key makes the repetition
 * harmless. Pauses are jittered so that callers do not return all at once.
 */
export async function retryUnavailable<R>(call: () => Promise<R>, pausesMs = PAUSES_MS): Promise<R> {
  for (const pause of pausesMs) {
    try {
      return await call();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      await delay(jittered(pause));
    }
  }
  return call();
}

/**
 * A stream that is opened again where it was cut: `open` knows the place. Ends with the error when that brings nothing
 * more, as often as a call is repeated.
 */
export async function* resumed<T>(open: () => AsyncIterable<T>, pausesMs = PAUSES_MS): AsyncIterable<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      for await (const item of open()) {
        yield item;
        failures = 0;
      }
      return;
    } catch (error) {
      const pause = pausesMs[failures];
      if (pause === undefined || !isUnavailable(error)) throw error;
      await delay(jittered(pause));
    }
  }
}

function jittered(pauseMs: number): number {
  return pauseMs * (0.5 + Math.random());
}

function isUnavailable(error: unknown): boolean {
  return error instanceof ServiceError && error.code === "UNAVAILABLE";
}
