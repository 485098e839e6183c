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
      if (!(error instanceof ServiceError) || error.code !== "UNAVAILABLE") throw error;
      await delay(pause * (0.5 + Math.random()));
    }
  }
  return call();
}
