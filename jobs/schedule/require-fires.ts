import { invalid } from "@oms/chassis/errors/service-error.ts";
import type { Schedule } from "../job.ts";
import { parsed } from "./cron.ts";

const NEVER = "must come true some day";

/**
 * Refuses a schedule that somebody gives at `nowMs` and that never fires: INVALID_ARGUMENT as `requirePattern`, and on
 * `schedule.atMs` for what is past.
 */
export function requireFires(schedule: Schedule, nowMs: number): void {
  requirePattern(schedule, nowMs);
  if (schedule.kind === "once" && schedule.atMs <= nowMs)
    throw invalid("schedule.atMs", "must be in the future");
}

/** Refuses on `schedule.zone` what is no zone, on `schedule.expression` what is no pattern or never comes true. */
export function requirePattern(schedule: Schedule, nowMs: number): void {
  if (schedule.kind !== "cron") return;
  const { expression, zone } = schedule;
  if (!isZone(zone)) throw invalid("schedule.zone", "must be the name of an IANA time zone");
  const problem = patternProblem(expression) ?? (everFires(expression, zone, nowMs) ? undefined : NEVER);
  if (problem !== undefined) throw invalid("schedule.expression", problem);
}

function isZone(zone: string): boolean {
  // An offset, which Intl takes as well, is no name.
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function patternProblem(expression: string): string | undefined {
  const fields = fieldsOf(expression).length;
  // croner also takes nicknames, a year, and a date: one way to say a thing is enough.
  if (fields !== 5 && fields !== 6) return "must have 5 fields, or 6 with seconds first";
  try {
    parsed(expression, "UTC");
    return undefined;
  } catch (error) {
    return `must be a cron pattern: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** How far behind the first day of a pattern a time is looked for that no gap swallows. */
const YEARS = 4;

function everFires(expression: string, zone: string, nowMs: number): boolean {
  const first = parsed(expression, "UTC").nextRun(new Date(nowMs));
  if (!first) return false;
  const year = first.getUTCFullYear();
  const cron = parsed(`${coarse(expression)} ${year - 1}-${year + YEARS}`, zone);
  return cron.nextRun(new Date(nowMs)) !== null;
}

/**
 * The pattern in 6 fields, with at most two seconds of a minute. A gap swallows whole minutes, so it fires as often; but
 * a pattern whose every hour is swallowed would be walked through second by second.
 */
function coarse(expression: string): string {
  const fields = fieldsOf(expression);
  const [second = "0", ...rest] = fields.length === 5 ? ["0", ...fields] : fields;
  return [/^\d+$/.test(second) ? second : "0,1", ...rest].join(" ");
}

function fieldsOf(expression: string): string[] {
  return expression.split(/\s+/).filter((field) => field !== "");
}
