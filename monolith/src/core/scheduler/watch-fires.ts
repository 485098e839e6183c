import type { Scheduler } from "@oms/jobs/port.ts";
import type { Fields } from "@oms/proxy/model/host.ts";

/** What routes the question after fires, which is about all jobs: they are compared as soon as this name is. */
export const FIRES: Fields = { jobId: "fires" };

/** How wide a window is, in milliseconds. */
const WINDOW_MS = 10_000;
/** By then a tick has been claimed, late as it may be, or has misfired. */
const SETTLED_MS = 70_000;

/**
 * Asks through the door what fired in the last settled window, so that the watched side's timers are compared with the
 * claims that were made: a side that would have fired once too often, or not at all, is seen before it owns a job.
 * Answers the end of the window it asked for; `afterMs` is the end of the one before.
 */
export async function watchFires(
  scheduler: Pick<Scheduler, "fires">,
  nowMs: number,
  afterMs: number | undefined,
): Promise<number> {
  const toMs = Math.floor((nowMs - SETTLED_MS) / WINDOW_MS) * WINDOW_MS;
  if (afterMs !== undefined && toMs <= afterMs) return afterMs;
  await scheduler.fires({ fromMs: toMs - WINDOW_MS, toMs });
  return toMs;
}
