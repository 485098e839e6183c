import assert from "node:assert/strict";
import { test } from "node:test";
import { ticksBetween } from "./planned.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Minutes east of UTC, as the platform writes a time in the zone. */
type Offset = (atMs: number) => number;
type Change = { readonly zone: string; readonly atMs: number };

function offsetIn(zone: string): Offset {
  const format = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" });
  return (atMs) => {
    const text = format.format(atMs);
    const [, sign, hours, minutes = "0"] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(text) ?? [];
    return (sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes));
  };
}

/** When the zone's clocks were changed in a time, to the quarter of an hour. */
function changesIn(zone: string, fromMs: number, toMs: number): Change[] {
  const offset = offsetIn(zone);
  const changes: Change[] = [];
  for (let day = fromMs; day < toMs; day += DAY_MS) {
    if (offset(day) === offset(day + DAY_MS)) continue;
    let atMs = day;
    while (offset(atMs) === offset(day)) atMs += 15 * MINUTE_MS;
    changes.push({ zone, atMs });
  }
  return changes;
}

/** A minute, as a clock on the wall shows it: the fields are the UTC fields of the date. */
type Minute = { readonly atMs: number; readonly wall: Date };

function minutesOf({ zone, atMs }: Change): Minute[] {
  const offset = offsetIn(zone);
  const minutes: Minute[] = [];
  for (let quarter = atMs - 2 * DAY_MS; quarter < atMs + 2 * DAY_MS; quarter += 15 * MINUTE_MS) {
    const ahead = offset(quarter) * MINUTE_MS;
    for (let minute = 0; minute < 15; minute += 1) {
      const at = quarter + minute * MINUTE_MS;
      minutes.push({ atMs: at, wall: new Date(at + ahead) });
    }
  }
  return minutes;
}

const SEVERAL_TIMES: ReadonlyArray<readonly [string, (wall: Date) => boolean]> = [
  ["*/30 * * * *", (wall) => wall.getUTCMinutes() % 30 === 0],
  ["15,45 0-2 * * *", (wall) => wall.getUTCHours() <= 2 && wall.getUTCMinutes() % 30 === 15],
  [
    "0 */2 * * SAT,SUN",
    (wall) => wall.getUTCMinutes() === 0 && wall.getUTCHours() % 2 === 0 && wall.getUTCDay() % 6 === 0,
  ],
];

const ONE_TIME = [
  [0, 0],
  [0, 30],
  [1, 30],
  [2, 0],
  [2, 30],
  [3, 0],
  [23, 59],
] as const;

/** Of each date the first minute that is not before the time of day. */
function firstOfEachDate(minutes: readonly Minute[], hour: number, minute: number): number[] {
  const first = new Map<string, number>();
  for (const { atMs, wall } of minutes) {
    const date = wall.toISOString().slice(0, 10);
    const due = wall.getUTCHours() * 60 + wall.getUTCMinutes() >= hour * 60 + minute;
    if (due && !first.has(date)) first.set(date, atMs);
  }
  return [...first.values()];
}

function requireTicks(expression: string, change: Change, expected: readonly number[]): void {
  // The first date may have begun before the minutes that were looked at.
  const afterMs = change.atMs - DAY_MS;
  const upToMs = change.atMs + DAY_MS;
  const schedule = { kind: "cron", expression, zone: change.zone } as const;
  const ticks = ticksBetween(schedule, { afterMs, upToMs, limit: 1000 });
  const inTime = expected.filter((atMs) => atMs > afterMs && atMs <= upToMs);
  const where = `${expression} in ${change.zone} around ${new Date(change.atMs).toISOString()}`;
  assert.deepEqual(ticks.map(iso), inTime.map(iso), where);
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** One zone for all those that change their clocks alike: rules, not names, are what can be got wrong. */
function differentChanges(): Change[] {
  const [fromMs, toMs] = [Date.UTC(2026, 6, 1), Date.UTC(2027, 6, 1)];
  const changes = new Map<string, Change>();
  for (const zone of Intl.supportedValuesOf("timeZone")) {
    const offset = offsetIn(zone);
    for (const change of changesIn(zone, fromMs, toMs)) {
      const rule = `${change.atMs} ${offset(change.atMs - HOUR_MS)} ${offset(change.atMs)}`;
      changes.set(rule, change);
    }
  }
  return [...changes.values()];
}

/** A day that never was, a change by two hours, and zones that gave up changing. */
const REMARKABLE: readonly Change[] = [
  ...changesIn("Pacific/Apia", Date.UTC(2011, 11, 25), Date.UTC(2012, 0, 5)),
  ...changesIn("Antarctica/Troll", Date.UTC(2020, 0, 1), Date.UTC(2021, 0, 1)),
  ...changesIn("Europe/Istanbul", Date.UTC(2015, 0, 1), Date.UTC(2017, 0, 1)),
  ...changesIn("Asia/Pyongyang", Date.UTC(2015, 0, 1), Date.UTC(2019, 0, 1)),
];

const CHANGES = [...differentChanges(), ...REMARKABLE];

test("there are clock changes of all kinds to look at", () => {
  assert.ok(CHANGES.length > 30, `${CHANGES.length}`);
});

test("a pattern with several times of day fires whenever the clock on the wall shows one of them", () => {
  for (const change of CHANGES) {
    const minutes = minutesOf(change);
    for (const [expression, matches] of SEVERAL_TIMES) {
      const expected = minutes.filter(({ wall }) => matches(wall)).map(({ atMs }) => atMs);
      requireTicks(expression, change, expected);
    }
  }
});

test("a pattern with one time of day fires once a date, at that time or the first one after it", () => {
  for (const change of CHANGES) {
    const minutes = minutesOf(change);
    for (const [hour, minute] of ONE_TIME)
      requireTicks(`${minute} ${hour} * * *`, change, firstOfEachDate(minutes, hour, minute));
  }
});
