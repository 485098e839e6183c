import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { nextTick } from "./schedule/planned.ts";
import { requireFires } from "./schedule/require-fires.ts";
import { jobFrom, MAX_PAYLOAD_BYTES, parseSpec, parseUpdate, updated } from "./validate.ts";

const NOW_MS = Date.UTC(2026, 10, 25);
const MANUAL = { kind: "manual" } as const;

function spec(fields: object): object {
  return { id: "j", type: "t", schedule: MANUAL, ...fields };
}

function cron(expression: string, zone?: string): object {
  return spec({ schedule: { kind: "cron", expression, ...(zone !== undefined && { zone }) } });
}

/** How `act` is refused: the code and the fields. */
function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof ServiceError, String(error));
    return `${error.code} ${error.violations.map(({ field }) => field).join(" ")}`;
  }
  return "accepted";
}

function requireRefused(cases: readonly (readonly [string, unknown])[]): void {
  for (const [field, input] of cases) {
    const said = refusal(() => parseSpec(input, NOW_MS));
    assert.equal(said, `INVALID_ARGUMENT ${field}`, JSON.stringify(input));
  }
}

function jobOf(input: object) {
  return jobFrom(parseSpec(input, NOW_MS), { owner: "extracted", nowMs: NOW_MS });
}

test("a pattern that is none, or never comes true, is refused on its expression", () => {
  const patterns = [
    "* * * *",
    "* * * * * * 2030",
    "@daily",
    "@reboot",
    "2030-01-01T00:00:00",
    "60 * * * *",
    "0 24 * * *",
    "*/0 * * * *",
    "5/5 * * * *",
    "0 0 * * 6-1",
    "0 0 * * FUNDAY",
    "0 0 31 2 *",
    "0 0 30 2 *",
    "0 0 31 4,6,9,11 *",
    "0 0 31W 2 *",
  ];
  requireRefused(patterns.map((pattern) => ["schedule.expression", cron(pattern)] as const));
  for (const pattern of ["", " ", "\n* * * * *"]) requireRefused([["schedule.expression", cron(pattern)]]);
});

test("a pattern whose every time is swallowed by a clock change is refused without walking through its seconds", () => {
  requireRefused([["schedule.expression", cron("* * 2 * MAR 0L", "Europe/Berlin")]]);
  assert.equal(
    refusal(() => parseSpec(cron("* * 2 * MAR 0L", "UTC"), NOW_MS)),
    "accepted",
  );
  assert.equal(
    refusal(() => parseSpec(cron("30 2 * MAR 0L", "Europe/Berlin"), NOW_MS)),
    "accepted",
  );
});

test("croner's last days, nearest weekdays, nth weekdays and both-must-hold are taken, and the rarest of days", () => {
  const iso = (expression: string) => {
    const { schedule } = jobOf(cron(expression));
    return new Date(nextTick(schedule, NOW_MS) ?? 0).toISOString().slice(0, 16);
  };
  assert.equal(iso("0 12 L * *"), "2026-11-30T12:00");
  assert.equal(iso("0 12 LW 1 *"), "2027-01-29T12:00");
  assert.equal(iso("0 12 16W 1 *"), "2027-01-15T12:00");
  assert.equal(iso("0 12 ? * FRI#2"), "2026-12-11T12:00");
  assert.equal(iso("0 12 * * 5L"), "2026-11-27T12:00");
  assert.equal(iso("0 12 13 * FRI"), "2026-11-27T12:00");
  assert.equal(iso("0 12 13 * +FRI"), "2027-08-13T12:00");
  assert.equal(iso("0 0 29 2 +MON"), "2044-02-29T00:00");
});

test("what is no IANA name is no zone", () => {
  const zones = ["Mars/Olympus", "GMT+1", "+02:00", "-05", "Europe/Berlin ", "local"];
  requireRefused(zones.map((zone) => ["schedule.zone", cron("0 0 * * *", zone)] as const));
  for (const zone of ["UTC", "Etc/GMT+5", "Asia/Calcutta", "America/Argentina/Buenos_Aires"])
    assert.equal(jobOf(cron("0 0 * * *", zone)).schedule.kind, "cron");
});

test("an interval is a whole number of milliseconds from a second to a year", () => {
  const interval = (everyMs: unknown) => spec({ schedule: { kind: "interval", everyMs } });
  const wrong = [0, -1, 999, 1000.5, "60000", 366 * 86_400_000 + 1, 1e300, null, undefined, Number.NaN];
  requireRefused(wrong.map((everyMs) => ["schedule.everyMs", interval(everyMs)] as const));
  requireRefused([
    ["schedule.anchorMs", spec({ schedule: { kind: "interval", everyMs: 1000, anchorMs: -1 } })],
  ]);
});

test("a time that is not after now is past, by a clock's tick or a year", () => {
  const given = [NOW_MS + 0.5, -1, 9e15, "soon"];
  requireRefused(given.map((atMs) => ["schedule.atMs", spec({ schedule: { kind: "once", atMs } })]));
  const at = (atMs: number) => refusal(() => requireFires({ kind: "once", atMs }, NOW_MS));
  for (const past of [NOW_MS, NOW_MS - 1, 0]) assert.equal(at(past), "INVALID_ARGUMENT schedule.atMs");
  assert.equal(at(NOW_MS + 1), "accepted");
});

test("every setting has its bounds, and what is not known is refused", () => {
  requireRefused([
    ["body", null],
    ["body", []],
    ["body", "job"],
    ["id type schedule", {}],
    ...["", "-a", "a/b", "a b", "a".repeat(101), "é", 7].map((id) => ["id", spec({ id })] as const),
    ["type", spec({ type: "" })],
    ["type", spec({ type: "a\nb" })],
    ["schedule.kind", spec({ schedule: { kind: "hourly" } })],
    ["schedule", spec({ schedule: "hourly" })],
    ["schedule.expression", spec({ schedule: { kind: "cron" } })],
    ["schedule.zone", spec({ schedule: { kind: "interval", everyMs: 1000, zone: "UTC" } })],
    ["priority", spec({ priority: 10 })],
    ["priority", spec({ priority: -1 })],
    ["dependsOn", spec({ dependsOn: "a" })],
    ["dependsOn", spec({ dependsOn: ["a", "a"] })],
    ["dependsOn[1]", spec({ dependsOn: ["a", "b/c"] })],
    ["dependsOn", spec({ dependsOn: Array.from({ length: 101 }, (_, n) => `j${n}`) })],
    ["retry.attempts", spec({ retry: { attempts: 0 } })],
    ["retry.attempts", spec({ retry: { attempts: 101 } })],
    ["retry.backoffMs", spec({ retry: { backoffMs: -1 } })],
    ["retry.forever", spec({ retry: { forever: true } })],
    ["timeoutMs", spec({ timeoutMs: 0 })],
    ["overlap", spec({ overlap: "forbid" })],
    ["misfire", spec({ misfire: "fire-twice" })],
    ["effect", spec({ effect: "read" })],
    ["tags[0]", spec({ tags: [""] })],
    ["tags", spec({ tags: ["a", "a"] })],
    ["keep", spec({ keep: 1.5 })],
    ["payload", spec({ payload: [] })],
    ["payload", spec({ payload: "{}" })],
    ["owner", spec({ owner: "extracted" })],
    ["floorMs state", spec({ floorMs: 0, state: "paused" })],
  ]);
});

test("all that is wrong is named at once", () => {
  requireRefused([["id priority tags colour", spec({ id: "", priority: 11, tags: {}, colour: "red" })]]);
});

test("a payload may have 1 MiB of JSON, counted in bytes", () => {
  const fill = (bytes: number) => ({ payload: { a: "x".repeat(bytes - '{"a":""}'.length) } });
  const wide = { payload: { a: "é".repeat(MAX_PAYLOAD_BYTES / 2) } };
  assert.equal(
    refusal(() => parseSpec(spec(fill(MAX_PAYLOAD_BYTES)), NOW_MS)),
    "accepted",
  );
  for (const input of [fill(MAX_PAYLOAD_BYTES + 1), fill(10_000_000), wide]) {
    assert.equal(
      refusal(() => parseSpec(spec(input), NOW_MS)),
      "RESOURCE_EXHAUSTED payload",
    );
    assert.equal(
      refusal(() => parseUpdate({ id: "j", ...input })),
      "RESOURCE_EXHAUSTED payload",
    );
  }
});

test("a payload is what its JSON says, whoever gave it; what has none is refused", () => {
  const { payload } = parseSpec(
    spec({ payload: { at: new Date(0), none: undefined, list: [Number.NaN] } }),
    0,
  );
  assert.deepEqual(payload, { at: "1970-01-01T00:00:00.000Z", list: [null] });
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  for (const payload of [circle, { n: 1n }])
    assert.equal(
      refusal(() => parseSpec(spec({ payload }), NOW_MS)),
      "INVALID_ARGUMENT body",
    );
});

test("a job has everything, and no tick up to the moment it was registered", () => {
  const job = jobOf(spec({ retry: { attempts: 1 } }));
  assert.deepEqual(job, {
    id: "j",
    type: "t",
    payload: {},
    schedule: MANUAL,
    owner: "extracted",
    state: "active",
    priority: 5,
    dependsOn: [],
    retry: { attempts: 1, backoffMs: 1000, maxBackoffMs: 3_600_000 },
    timeoutMs: 600_000,
    overlap: "skip",
    misfire: "fire-once",
    effect: "idempotent",
    tags: [],
    keep: 100,
    floorMs: NOW_MS,
    createdMs: NOW_MS,
  });
});

test("a cron job without a zone is in UTC; an interval without an anchor has a phase that is its id's alone", () => {
  assert.deepEqual(jobOf(cron("0 0 * * *")).schedule, { kind: "cron", expression: "0 0 * * *", zone: "UTC" });
  const anchorOf = (id: string, nowMs: number) => {
    const given = parseSpec(spec({ id, schedule: { kind: "interval", everyMs: 60_000 } }), nowMs);
    const { schedule } = jobFrom(given, { owner: "in-process", nowMs });
    return schedule.kind === "interval" ? schedule.anchorMs : -1;
  };
  assert.equal(anchorOf("a", NOW_MS), anchorOf("a", NOW_MS + 1234));
  assert.notEqual(anchorOf("a", NOW_MS), anchorOf("b", NOW_MS));
  for (const id of ["a", "b", "c"]) assert.ok(anchorOf(id, 0) >= 0 && anchorOf(id, 0) < 60_000);
});

test("an update changes what it names, and the floor where the schedule becomes another", () => {
  const job = jobOf(spec({ retry: { attempts: 7 }, tags: ["a"] }));
  const later = NOW_MS + 60_000;
  const tagged = updated(
    job,
    parseUpdate({ id: "j", tags: ["b"], retry: { backoffMs: 5 }, revision: "r" }),
    later,
  );
  assert.deepEqual(tagged, { ...job, tags: ["b"], retry: { ...job.retry, backoffMs: 5 } });
  const hourly = { kind: "cron", expression: "0 * * * *" };
  const moved = updated(job, parseUpdate({ id: "j", schedule: hourly }), later);
  assert.deepEqual(moved, { ...job, schedule: { ...hourly, zone: "UTC" }, floorMs: later });
  assert.deepEqual(updated(moved, parseUpdate({ id: "j", schedule: hourly }), later + 1), moved);
  const backwards = updated(moved, parseUpdate({ id: "j", schedule: MANUAL }), NOW_MS);
  assert.equal(backwards.floorMs, later);
});

test("an update must schedule what fires, but may give the schedule that there is back when it is past", () => {
  const schedule = { kind: "once", atMs: NOW_MS + 1000 } as const;
  const job = jobOf(spec({ schedule }));
  const later = NOW_MS + 60_000;
  assert.deepEqual(updated(job, parseUpdate({ id: "j", schedule }), later), job);
  const again = parseUpdate({ id: "j", schedule: { ...schedule, atMs: NOW_MS + 2000 } });
  assert.equal(
    refusal(() => updated(job, again, later)),
    "INVALID_ARGUMENT schedule.atMs",
  );
  const never = parseUpdate({ id: "j", schedule: { kind: "cron", expression: "0 0 31 2 *" } });
  assert.equal(
    refusal(() => updated(job, never, later)),
    "INVALID_ARGUMENT schedule.expression",
  );
  assert.equal(
    refusal(() => parseUpdate({ id: "j", state: "paused" })),
    "INVALID_ARGUMENT state",
  );
});
