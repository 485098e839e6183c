import { Cron } from "croner";
import { LRUCache } from "lru-cache";
import type { Schedule } from "../job.ts";

export type CronSchedule = Extract<Schedule, { readonly kind: "cron" }>;

/** A parsed pattern, and the last answer: jobs with one pattern ask about one moment, one after the other. */
type Pattern = { readonly cron: Cron; gap: Gap | undefined };
/** No tick is in [afterMs, tickMs). */
type Gap = { readonly afterMs: number; readonly tickMs: number };

/** croner keeps 80 KB for each. */
const MOST_PATTERNS = 256;
const patterns = new LRUCache<string, Pattern>({ max: MOST_PATTERNS });

/**
 * The first tick after `afterMs`, on a whole second; none when there is none before the year 3000. Where clocks are
 * turned forward, a pattern with one time of day fires at the end of the gap, any other not within it; where they are
 * turned back, the former fires at the first of the two times, the latter at both: croner's rule, as of Vixie's cron.
 */
export function nextCronTick(schedule: CronSchedule, afterMs: number): number | undefined {
  const pattern = patternOf(schedule);
  const { gap } = pattern;
  if (gap && gap.afterMs <= afterMs && afterMs < gap.tickMs) return gap.tickMs;
  const tickMs = pattern.cron.nextRun(new Date(afterMs))?.getTime();
  pattern.gap = tickMs === undefined ? undefined : { afterMs, tickMs };
  return tickMs;
}

function patternOf({ expression, zone }: CronSchedule): Pattern {
  const key = `${zone} ${expression}`;
  const known = patterns.get(key);
  if (known) return known;
  const pattern: Pattern = { cron: parsed(expression, zone), gap: undefined };
  patterns.set(key, pattern);
  return pattern;
}

/** Throws on what is no pattern. A seventh field is a year, which no job's expression has. */
export function parsed(expression: string, zone: string): Cron {
  // By its offset UTC costs a tenth of what it costs as a zone.
  return new Cron(expression, zone === "UTC" ? { utcOffset: 0 } : { timezone: zone });
}
