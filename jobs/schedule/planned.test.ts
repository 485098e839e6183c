import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Schedule } from "../job.ts";
import { nextTick, nextTicks, ticksBetween } from "./planned.ts";

const DAY_MS = 86_400_000;
const WINDOW_MS = 3 * DAY_MS;
const START_MS = Date.UTC(2020, 0, 1);
const END_MS = Date.UTC(2030, 0, 1);

/** Zones whose clocks change by an hour, by half an hour, by two, at midnight, at odd offsets, never. */
const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/Santiago",
  "Africa/Cairo",
  "Africa/Casablanca",
  "Asia/Kathmandu",
  "Asia/Beirut",
  "Australia/Lord_Howe",
  "Antarctica/Troll",
  "Pacific/Apia",
  "Pacific/Chatham",
];

const minute = fc.constantFrom("*", "0", "30", "*/15", "5,45", "0-10/5");
const hour = fc.constantFrom("*", "0", "1", "2", "3", "23", "*/6", "1-3", "0,2,12");
const day = fc.constantFrom("*", "*", "*", "1", "L", "15", "8-14");
const weekday = fc.constantFrom("*", "*", "*", "SUN", "MON-FRI", "0L");
const cron = fc
  .record({ minute, hour, day, weekday, zone: fc.constantFrom(...ZONES) })
  .map(({ minute, hour, day, weekday, zone }): Schedule => {
    return { kind: "cron", expression: `${minute} ${hour} ${day} * ${weekday}`, zone };
  });
const interval = fc
  .record({
    everyMs: fc.integer({ min: 60_000, max: 10 * DAY_MS }),
    anchorMs: fc.integer({ min: 0, max: END_MS }),
  })
  .map((given): Schedule => ({ kind: "interval", ...given }));
const instant = fc.integer({ min: START_MS, max: END_MS });
const once = instant.map((atMs): Schedule => ({ kind: "once", atMs }));
const schedule = fc.oneof(
  { weight: 6, arbitrary: cron },
  { weight: 2, arbitrary: interval },
  once,
  fc.constant<Schedule>({ kind: "manual" }),
);

function within(schedule: Schedule, afterMs: number, upToMs: number): number[] {
  return ticksBetween(schedule, { afterMs, upToMs, limit: Number.POSITIVE_INFINITY });
}

test("ticks ascend, none of them twice, all of them after the one end and up to the other", () => {
  fc.assert(
    fc.property(schedule, instant, fc.nat(WINDOW_MS), (given, afterMs, lengthMs) => {
      const ticks = within(given, afterMs, afterMs + lengthMs);
      assert.ok(ticks.every((tick) => tick > afterMs && tick <= afterMs + lengthMs));
      assert.ok(ticks.every((tick, index) => index === 0 || tick > (ticks[index - 1] ?? tick)));
    }),
  );
});

test("however a time is cut into parts, its ticks are those of the parts", () => {
  fc.assert(
    fc.property(schedule, instant, fc.nat(WINDOW_MS), fc.nat(WINDOW_MS), (given, afterMs, first, second) => {
      const upToMs = afterMs + first + second;
      const parts = [...within(given, afterMs, afterMs + first), ...within(given, afterMs + first, upToMs)];
      assert.deepEqual(parts, within(given, afterMs, upToMs));
    }),
  );
});

test("what was asked before changes no answer", () => {
  fc.assert(
    fc.property(cron, fc.array(instant, { minLength: 2, maxLength: 6 }), (given, instants) => {
      const forward = instants.map((afterMs) => nextTick(given, afterMs));
      const backward = instants.toReversed().map((afterMs) => nextTick(given, afterMs));
      assert.deepEqual(backward.toReversed(), forward);
      for (const [index, tick] of forward.entries()) {
        if (tick === undefined) continue;
        assert.equal(nextTick(given, tick - 1), tick);
        assert.notEqual(nextTick(given, tick), tick);
        assert.ok(tick > (instants[index] ?? 0));
      }
    }),
  );
});

test("the next ticks are the first of those up to whenever", () => {
  fc.assert(
    fc.property(schedule, instant, fc.nat(20), (given, afterMs, count) => {
      const next = nextTicks(given, afterMs, count);
      const upToMs = next.at(-1) ?? afterMs;
      assert.deepEqual(within(given, afterMs, upToMs), next);
      assert.ok(next.length === count || given.kind === "once" || given.kind === "manual");
    }),
  );
});

test("an interval's ticks are its anchor and whole periods before and after it", () => {
  const hourly: Schedule = { kind: "interval", everyMs: 3_600_000, anchorMs: START_MS + 60_000 };
  assert.deepEqual(nextTicks(hourly, START_MS + 60_000, 2), [START_MS + 3_660_000, START_MS + 7_260_000]);
  assert.equal(nextTick(hourly, START_MS - 3_600_000), START_MS - 3_540_000);
});

test("a time that comes once is a tick until it has come, and a manual job has none", () => {
  const once: Schedule = { kind: "once", atMs: START_MS };
  assert.deepEqual(nextTicks(once, START_MS - 1, 3), [START_MS]);
  assert.deepEqual(nextTicks(once, START_MS, 3), []);
  assert.deepEqual(nextTicks({ kind: "manual" }, START_MS, 3), []);
});
