import type { Schedule } from "../job.ts";
import { nextCronTick } from "./cron.ts";

export type Range = {
  readonly afterMs: number;
  readonly upToMs: number;
  /** At most so many ticks, the earliest ones. */
  readonly limit: number;
};

/** The planned ticks in (afterMs, upToMs], ascending, in Unix milliseconds. */
export function ticksBetween(schedule: Schedule, { afterMs, upToMs, limit }: Range): number[] {
  const ticks: number[] = [];
  let next = nextTick(schedule, afterMs);
  while (next !== undefined && next <= upToMs && ticks.length < limit) {
    ticks.push(next);
    next = nextTick(schedule, next);
  }
  return ticks;
}

/** The first `count` planned ticks after `afterMs`; fewer when there are no more. */
export function nextTicks(schedule: Schedule, afterMs: number, count: number): number[] {
  return ticksBetween(schedule, { afterMs, upToMs: Number.POSITIVE_INFINITY, limit: count });
}

/** The first planned tick after `afterMs`. */
export function nextTick(schedule: Schedule, afterMs: number): number | undefined {
  switch (schedule.kind) {
    case "cron":
      return nextCronTick(schedule, afterMs);
    case "interval": {
      const { everyMs, anchorMs } = schedule;
      return anchorMs + (Math.floor((afterMs - anchorMs) / everyMs) + 1) * everyMs;
    }
    case "once":
      return schedule.atMs > afterMs ? schedule.atMs : undefined;
    case "manual":
      return undefined;
  }
}
