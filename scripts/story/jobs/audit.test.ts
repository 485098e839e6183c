import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Change } from "@oms/data-kernel/client.ts";
import type { AttemptRecord, Execution } from "@oms/jobs/execution.ts";
import { EXECUTION, JOB, type Job } from "@oms/jobs/job.ts";
import type { Entry } from "../audit.ts";
import { auditJobs } from "./audit.ts";
import type { Books } from "./books.ts";

const JOB_ID = "nightly";
const LEASE_MS = 300;

const job: Job = {
  id: JOB_ID,
  type: "append-line",
  payload: {},
  schedule: { kind: "interval", everyMs: 1000, anchorMs: 0 },
  owner: "extracted",
  state: "active",
  priority: 5,
  dependsOn: [],
  retry: { attempts: 3, backoffMs: 100, maxBackoffMs: 1000 },
  timeoutMs: 1000,
  overlap: "skip",
  misfire: "skip",
  effect: "idempotent",
  tags: [],
  keep: 10,
  floorMs: 0,
  createdMs: 0,
};

/** The log of a scheduler's branch as it is written, one commit a call. */
class Log {
  readonly entries: Entry[] = [];

  commit(atMs: number, ...changes: Change[]): this {
    const commit = {
      id: `${this.entries.length}`,
      key: "",
      branch: "",
      author: "",
      message: "",
      traceId: "",
    };
    this.entries.push({ commit: { ...commit, timeMs: atMs, sequence: this.entries.length }, changes });
    return this;
  }
}

const put = (type: string, id: string, body: object): Change => ({
  kind: "updated",
  document: { id, type, body, revision: "" },
});
const jobAs = (change: Partial<Job> = {}) => put(JOB, `${JOB}/${JOB_ID}`, { ...job, ...change });
const idOf = (tick: number) => `${JOB_ID}/${tick}`;
const execution = (tick: number, change: Partial<Execution> = {}) => {
  const claim = { job: JOB_ID, tick: `${tick}`, plannedMs: tick, claimedBy: "extracted", claimedMs: tick };
  const body = { ...claim, status: "waiting", attempts: [], ...change };
  return put(EXECUTION, `${EXECUTION}/${idOf(tick)}`, body);
};
const attempt = (n: number, change: Partial<AttemptRecord> = {}): AttemptRecord => ({
  n,
  side: "extracted",
  worker: `worker-${n}`,
  startedMs: 0,
  ...change,
});
const runs = (tick: number, ...attempts: AttemptRecord[]) =>
  execution(tick, { status: "running", leaseMs: LEASE_MS, attempts });
const done = (tick: number, ...attempts: AttemptRecord[]) =>
  execution(tick, { status: "done", endedMs: tick + 40, attempts });
const line = (tick: number, n: number, startMs: number) => ({
  ...{ job: JOB_ID, tick: `${tick}`, attempt: n, startMs, pid: 1 },
});

const deleted = (tick: number): Change => ({
  ...done(tick, attempt(1, { outcome: "done" })),
  kind: "deleted",
});
/** One tick claimed, begun, worked on and ended. */
const whole = (log: Log, tick: number) =>
  log
    .commit(tick + 10, execution(tick))
    .commit(tick + 20, runs(tick, attempt(1)))
    .commit(tick + 40, done(tick, attempt(1, { outcome: "done" })));

const first = () => new Log().commit(0, jobAs());
const books = (log: Log, change: Partial<Books> = {}): Books => ({
  log: log.entries,
  lines: [line(1000, 1, 1030), line(2000, 1, 2030)],
  effects: [idOf(1000), idOf(2000)],
  untilMs: 2500,
  ticks: (schedule, { afterMs, upToMs }) => {
    if (schedule.kind !== "interval") return [];
    const { everyMs } = schedule;
    const from = Math.floor(afterMs / everyMs) + 1;
    const count = Math.max(0, Math.floor(upToMs / everyMs) - from + 1);
    return Array.from({ length: count }, (_, i) => (from + i) * everyMs);
  },
  ...change,
});
const found = (log: Log, change?: Partial<Books>) =>
  auditJobs(books(log, change)).map(({ rule, execution }) => `${rule} ${execution}`);

describe("the auditor of jobs", () => {
  const good = () => whole(whole(first(), 1000), 2000);

  it("finds nothing in books that agree", () => {
    assert.deepEqual(auditJobs(books(good())), []);
  });

  it("finds a tick without an execution", () => {
    const lines = [line(2000, 1, 2030)];
    const missing = whole(first(), 2000);
    assert.deepEqual(found(missing, { lines, effects: [idOf(2000)] }), ["missed nightly/1000"]);
  });

  it("finds an execution that nobody planned, but lets one be that somebody asked for", () => {
    const asked = { tick: "run-a", status: "done", attempts: [attempt(1, { outcome: "done" })] } as const;
    const log = good()
      .commit(2300, execution(1500, { status: "skipped", reason: "dependency", endedMs: 1 }))
      .commit(
        2400,
        put(EXECUTION, `${EXECUTION}/nightly/run-a`, {
          ...(execution(1).document.body as Execution),
          ...asked,
        }),
      );
    const lines = [...books(log).lines, { ...line(0, 1, 2350), tick: "run-a" }];
    const effects = [...books(log).effects, "nightly/run-a"];
    assert.deepEqual(found(log, { lines, effects }), ["unplanned nightly/1500"]);
  });

  it("plans a job by each of its versions, between its floors, while it is active", () => {
    const log = whole(first(), 1000)
      .commit(1500, jobAs({ state: "paused", floorMs: 1500 }))
      .commit(
        3500,
        jobAs({ state: "active", floorMs: 3500, schedule: { kind: "interval", everyMs: 500, anchorMs: 0 } }),
      );
    const one = { lines: [line(1000, 1, 1030)], effects: [idOf(1000)], untilMs: 4600 };
    assert.deepEqual(found(log, one), ["missed nightly/4000", "missed nightly/4500"]);
  });

  it("finds a line that is there twice", () => {
    const lines = [...books(good()).lines, line(2000, 1, 2031)];
    assert.deepEqual(found(good(), { lines }), ["doubled nightly/2000/1"]);
  });

  it("finds an effect in the kernel that is there twice, or not at all", () => {
    const effects = [idOf(1000), idOf(1000)];
    assert.deepEqual(found(good(), { effects }), ["doubled nightly/1000", "without effect nightly/2000"]);
  });

  it("finds work of an attempt that never began", () => {
    const lines = [...books(good()).lines, line(2000, 2, 2200)];
    assert.deepEqual(found(good(), { lines }), ["unbegun nightly/2000"]);
  });

  const retriedAt = (lostMs: number, startMs: number) => {
    const lost = attempt(1, { outcome: "lost" });
    const log = whole(first(), 1000)
      .commit(2010, execution(2000))
      .commit(2020, runs(2000, attempt(1)))
      .commit(lostMs, execution(2000, { attempts: [lost] }))
      .commit(lostMs + 10, runs(2000, lost, attempt(2)))
      .commit(lostMs + 50, done(2000, lost, attempt(2, { outcome: "done" })));
    return found(log, { lines: [...books(log).lines, line(2000, 2, startMs)] });
  };

  it("lets an attempt follow one whose lease ran out", () => {
    assert.deepEqual(retriedAt(2330, 2345), []);
  });

  it("finds an attempt taken away before its lease ran out", () => {
    assert.deepEqual(retriedAt(2200, 2215), ["early nightly/2000"]);
  });

  it("lets a process give back what it had", () => {
    const given = attempt(1, { outcome: "lost", error: { code: "stopped", message: "its process stops" } });
    const log = whole(first(), 1000)
      .commit(2010, execution(2000))
      .commit(2020, runs(2000, attempt(1)))
      .commit(2050, execution(2000, { attempts: [given] }))
      .commit(2060, runs(2000, given, attempt(2)))
      .commit(2090, done(2000, given, attempt(2, { outcome: "done" })));
    assert.deepEqual(found(log, { lines: [...books(log).lines, line(2000, 2, 2065)] }), []);
  });

  it("lets what never began be given back, wherever the job is and however often it may run", () => {
    const error = { code: "unbegun", message: "its process stops" };
    const given = attempt(1, { outcome: "lost", error });
    const log = whole(new Log().commit(0, jobAs({ effect: "once" })), 1000)
      .commit(2010, execution(2000))
      .commit(2020, runs(2000, attempt(1)))
      .commit(2050, execution(2000, { attempts: [given] }))
      .commit(2060, runs(2000, given, attempt(2)))
      .commit(2090, done(2000, given, attempt(2, { outcome: "done" })));
    assert.deepEqual(found(log, { lines: [...books(log).lines, line(2000, 2, 2065)] }), []);
  });

  it("finds work that began before the attempt before it had ended", () => {
    assert.deepEqual(retriedAt(2330, 2100), ["early nightly/2000"]);
  });

  it("finds an attempt begun while another one ran", () => {
    const log = whole(first(), 1000)
      .commit(2010, runs(2000, attempt(1)))
      .commit(2020, runs(2000, attempt(1), attempt(2)))
      .commit(2040, done(2000, attempt(1, { outcome: "done" }), attempt(2, { outcome: "done" })));
    assert.ok(found(log).includes("rewritten nightly/2000"));
  });

  it("finds a claim written over by another one", () => {
    const log = whole(first(), 1000)
      .commit(2010, runs(2000, attempt(1)))
      .commit(2011, runs(2000, attempt(1, { worker: "another" })))
      .commit(2040, done(2000, attempt(1, { worker: "another", outcome: "done" })));
    assert.deepEqual(found(log), ["rewritten nightly/2000"]);
  });

  it("finds a change of what has ended", () => {
    const log = good().commit(2600, execution(2000, { status: "failed" }));
    assert.ok(found(log).includes("rewritten nightly/2000"));
  });

  it("finds what is deleted above the floor, and not what is below it", () => {
    assert.deepEqual(found(good().commit(2300, jobAs({ floorMs: 1000 }), deleted(1000))), []);
    assert.deepEqual(found(good().commit(2300, jobAs({ floorMs: 1000 }), deleted(2000))), [
      "rewritten nightly/2000",
    ]);
  });

  it("finds a repetition inside OMS, and of what must not be repeated", () => {
    for (const change of [{ owner: "in-process" }, { effect: "once" }] as const) {
      const log = new Log()
        .commit(0, jobAs(change))
        .commit(1010, runs(1000, attempt(1)))
        .commit(1500, execution(1000, { attempts: [attempt(1, { outcome: "lost" })] }));
      const alone = { lines: [line(1000, 1, 1020)], effects: [idOf(1000)], untilMs: 1500 };
      assert.deepEqual(found(log, alone), ["retried nightly/1000", "without end nightly/1000"]);
    }
  });

  it("finds a tick skipped for an overlap with nothing, or misfired before it was a minute late", () => {
    const overlap = { status: "skipped", reason: "overlap" } as const;
    const alone = { lines: [], effects: [], untilMs: 1500 };
    assert.deepEqual(found(first().commit(1010, execution(1000, overlap)), alone), [
      "wrongly skipped nightly/1000",
    ]);
    const misfire = { status: "skipped", reason: "misfire" } as const;
    assert.deepEqual(found(first().commit(31_000, execution(1000, misfire)), alone), [
      "wrongly skipped nightly/1000",
    ]);
    assert.deepEqual(found(first().commit(61_000, execution(1000, misfire)), alone), []);
  });

  it("lets a tick be skipped for an overlap while another one waits", () => {
    const overlap = { status: "skipped", reason: "overlap" } as const;
    const log = first()
      .commit(2010, execution(1000), execution(2000, overlap))
      .commit(2020, runs(1000, attempt(1)))
      .commit(2040, done(1000, attempt(1, { outcome: "done" })));
    assert.deepEqual(found(log, { lines: [line(1000, 1, 2025)], effects: [idOf(1000)] }), []);
  });

  it("lets a tick be skipped for one that ended just before the claim, and not for one long gone", () => {
    const overlap = { status: "skipped", reason: "overlap" } as const;
    const skippedAt = (tick: number) =>
      found(
        whole(new Log().commit(0, jobAs({ overlap: "skip" })), 1000).commit(
          tick + 10,
          execution(tick, overlap),
        ),
        {
          lines: [line(1000, 1, 1030)],
          effects: [idOf(1000)],
          ticks: () => [1000, tick],
          untilMs: tick + 10,
        },
      );
    assert.deepEqual(skippedAt(2000), []);
    assert.deepEqual(skippedAt(8000), ["wrongly skipped nightly/8000"]);
  });

  it("finds a claim below the floor, and one before its time", () => {
    const below = new Log().commit(0, jobAs({ floorMs: 1500 }));
    assert.deepEqual(
      found(whole(below, 1000), { lines: [line(1000, 1, 1030)], effects: [idOf(1000)], untilMs: 1600 }),
      ["unplanned nightly/1000", "rewritten nightly/1000"],
    );
    const soon = first().commit(100, execution(2000, { status: "skipped", reason: "cancelled" }));
    assert.ok(found(soon).includes("rewritten nightly/2000"));
  });
});
