import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Job, Misfire, Overlap } from "./job.ts";
import { LATE_MS, type PlannedTick, plan } from "./plan.ts";
import { ticksBetween } from "./schedule/planned.ts";
import { jobFrom } from "./validate.ts";

const START_MS = Date.UTC(2026, 0, 1);
const PERIOD_MS = 10_000;
const MISFIRES: readonly Misfire[] = ["skip", "fire-once", "fire-all"];
const OVERLAPS: readonly Overlap[] = ["allow", "skip", "queue"];
const NO_LIMIT = 10_000;

function jobWith(settings: Partial<Job>): Job {
  const schedule = { kind: "interval", everyMs: PERIOD_MS, anchorMs: START_MS } as const;
  const spec = { id: "j", type: "t", schedule };
  return { ...jobFrom(spec, { owner: "extracted", nowMs: START_MS }), ...settings };
}

/** What is decided of ticks that are late by so many seconds, the oldest first. */
function decisions(
  settings: Partial<Job>,
  lateSeconds: readonly [number, ...number[]],
  live = false,
): string[] {
  const nowMs = START_MS + 1_000_000_000;
  const [oldest] = lateSeconds;
  const job = jobWith({
    ...settings,
    schedule: { kind: "interval", everyMs: PERIOD_MS, anchorMs: nowMs - oldest * 1000 },
  });
  const round = { afterMs: nowMs - oldest * 1000 - 1, nowMs, live, limit: NO_LIMIT };
  const planned = plan(job, round);
  assert.deepEqual(
    planned.map(({ atMs }) => (nowMs - atMs) / 1000),
    lateSeconds,
  );
  return planned.map(({ decision }) => decision);
}

test("up to a minute late is late and fires; over it the job's policy says what becomes of it", () => {
  const late = [80, 70, 60, 50, 40, 30, 20, 10, 0] as const;
  const fires = Array(7).fill("fire");
  const settings = { overlap: "allow" } as const;
  assert.deepEqual(decisions({ ...settings, misfire: "skip" }, late), ["misfire", "misfire", ...fires]);
  assert.deepEqual(decisions({ ...settings, misfire: "fire-once" }, late), ["misfire", "fire", ...fires]);
  assert.deepEqual(decisions({ ...settings, misfire: "fire-all" }, late), ["fire", "fire", ...fires]);
});

test("a tick is skipped while an execution before it has not ended, one of the same round as well", () => {
  assert.deepEqual(decisions({ overlap: "skip" }, [20, 10, 0]), ["fire", "overlap", "overlap"]);
  assert.deepEqual(decisions({ overlap: "skip" }, [10, 0], true), ["overlap", "overlap"]);
  for (const overlap of ["allow", "queue"] as const)
    assert.deepEqual(decisions({ overlap }, [10, 0], true), ["fire", "fire"]);
});

test("a tick that misfires is no execution that others overlap with", () => {
  const late = [70, 60, 50, 40, 30, 20, 10, 0] as const;
  const [first, second, ...others] = decisions({ overlap: "skip", misfire: "skip" }, late);
  assert.deepEqual([first, second, new Set(others)], ["misfire", "fire", new Set(["overlap"])]);
});

test("a job that is not active has no ticks, and none of any job is at or below its floor", () => {
  const nowMs = START_MS + 3 * PERIOD_MS;
  const round = { afterMs: START_MS, nowMs, live: false, limit: NO_LIMIT };
  for (const state of ["paused", "cancelled"] as const) assert.deepEqual(plan(jobWith({ state }), round), []);
  const [only, ...others] = plan(jobWith({ floorMs: START_MS + 2 * PERIOD_MS }), round);
  assert.deepEqual([only?.atMs, others], [nowMs, []]);
});

const job = fc
  .record({
    misfire: fc.constantFrom(...MISFIRES),
    overlap: fc.constantFrom(...OVERLAPS),
    periodMs: fc.constantFrom(1000, PERIOD_MS, 45_000, 3_600_000),
  })
  .map(({ periodMs, ...settings }) =>
    jobWith({ ...settings, schedule: { kind: "interval", everyMs: periodMs, anchorMs: START_MS } }),
  );
/** When the timer looked: some seconds after the look before, or much later, for nobody was there. */
const looks = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 60_000, max: 600_000 })),
  {
    minLength: 1,
    maxLength: 12,
  },
);
const limit = fc.integer({ min: 1, max: 50 });

type Decided = PlannedTick & { readonly nowMs: number };

/** All that is decided by a timer that looks at these times, taking at most `limit` ticks at once. */
function decided(job: Job, looks: readonly number[], limit: number): Decided[] {
  const all: Decided[] = [];
  let nowMs = START_MS;
  let afterMs = START_MS;
  for (const passed of looks) {
    nowMs += passed;
    for (;;) {
      const planned = plan(job, { afterMs, nowMs, live: false, limit });
      all.push(...planned.map((tick) => ({ ...tick, nowMs })));
      afterMs = planned.at(-1)?.atMs ?? afterMs;
      if (planned.length < limit) break;
    }
  }
  return all;
}

test("whatever the way the time is cut into rounds, each tick is decided once, in order", () => {
  fc.assert(
    fc.property(job, looks, limit, (job, looks, limit) => {
      const upToMs = looks.reduce((sum, passed) => sum + passed, START_MS);
      const range = { afterMs: START_MS, upToMs, limit: Number.POSITIVE_INFINITY };
      const expected = ticksBetween(job.schedule, range);
      assert.deepEqual(
        decided(job, looks, limit).map(({ atMs }) => atMs),
        expected,
      );
    }),
  );
});

test("of the ticks that misfired while nobody looked, fire-once fires the latest and no other, however few are taken at once", () => {
  fc.assert(
    fc.property(job, looks, limit, (given, looks, limit) => {
      const job: Job = { ...given, misfire: "fire-once", overlap: "allow" };
      const all = decided(job, looks, limit);
      for (const [nowMs, round] of Map.groupBy(all, (tick) => tick.nowMs)) {
        const misfired = round.filter(({ atMs }) => nowMs - atMs > LATE_MS);
        const fired = misfired.filter(({ decision }) => decision === "fire");
        assert.deepEqual(fired, misfired.slice(-1));
      }
    }),
  );
});
