import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Change } from "@oms/data-kernel/client.ts";
import type { Execution } from "@oms/jobs/execution.ts";
import type { Job } from "@oms/jobs/job.ts";
import type { ExecutionReply, Fire, JobReply } from "@oms/jobs/port.ts";
import { jobFrom } from "@oms/jobs/validate.ts";
import type { Comparison } from "@oms/proxy/model/comparison.ts";
import { compareFires, compareJobs, compareLists, compareRuns, compareWrites } from "./compare.ts";

const NOW = 1_763_000_000_000;
const spec = {
  id: "nightly",
  type: "export",
  payload: { branch: "secret" },
  schedule: { kind: "cron", expression: "* * * * *" },
} as const;
const job: Job = jobFrom(spec, { owner: "in-process", nowMs: NOW });
const every = (fromMs: number, count: number) => Array.from({ length: count }, (_, n) => fromMs + n * 60_000);

const changed = (kind: Change["kind"], type: string, id: string, body: object): Change => ({
  kind,
  document: { id, type, body, revision: "" },
});
const put = (of: Job) => changed("updated", "Job", `Job/${of.id}`, of);
const claim = (tickMs: number, more: Partial<Execution> = {}) =>
  changed("created", "Execution", `Execution/nightly/${tickMs}`, {
    job: "nightly",
    tick: String(tickMs),
    plannedMs: tickMs,
    claimedBy: "in-process",
    claimedMs: NOW,
    status: "waiting",
    attempts: [],
    ...more,
  });

type Did = { readonly changes?: readonly Change[]; readonly fires?: readonly number[] };
const wrote = (of: Job, { changes = [put(of)], fires = every(NOW, 50) }: Did = {}): JobReply => ({
  job: of,
  revision: "r",
  next: fires.slice(0, 3),
  evidence: { changes, fires },
});
const because = (comparison: Comparison) => ("because" in comparison ? comparison.because : undefined);
const MATCH = { outcome: "match" };

describe("a write that is compared", () => {
  it("matches whatever each side stamps on it: its name, its clock, its revision", () => {
    const later: Job = { ...job, owner: "extracted", createdMs: NOW + 40, floorMs: NOW + 40 };
    const other = { ...wrote(later, { fires: every(NOW + 60_000, 50) }), revision: "other" };
    assert.deepEqual(compareWrites(wrote(job), other), MATCH);
    const claims = [
      [put(job), claim(NOW - 60_000)],
      [claim(NOW - 60_000, { claimedBy: "extracted", claimedMs: NOW + 40 }), put(later)],
    ];
    assert.deepEqual(
      compareWrites(wrote(job, { changes: claims[0] ?? [] }), wrote(later, { changes: claims[1] ?? [] })),
      MATCH,
    );
  });

  it("is a mismatch where the job differs, named by its path and by none of its data", () => {
    const other: Job = { ...job, payload: { branch: "another" } };
    const comparison = compareWrites(wrote(job), wrote(other));
    assert.equal(because(comparison), "payload.branch: a text of 6 against a text of 7");
  });

  it("is a mismatch where one side writes another document, or the same one otherwise", () => {
    const other = changed("updated", "Job", "Job/another", { ...job, id: "another" });
    assert.equal(compareWrites(wrote(job), wrote(job, { changes: [put(job), other] })).outcome, "mismatch");
    assert.equal(compareWrites(wrote(job), wrote(job, { changes: [] })).outcome, "mismatch");
    const renamed = { ...job, priority: 9 };
    const comparison = compareWrites(wrote(job), wrote(job, { changes: [put(renamed)] }));
    assert.equal(because(comparison), "changes.0.body.priority: 5 against 9");
  });

  it("is a mismatch where one side alone settles a tick that was due for both", () => {
    const settled = { changes: [put(job), claim(NOW - 60_000)] };
    assert.equal(compareWrites(wrote(job, settled), wrote(job)).outcome, "mismatch");
    assert.equal(compareWrites(wrote(job), wrote(job, settled)).outcome, "mismatch");
    const skipped = { changes: [put(job), claim(NOW - 60_000, { status: "skipped", reason: "misfire" })] };
    assert.equal(compareWrites(wrote(job, settled), wrote(job, skipped)).outcome, "mismatch");
  });

  it("matches where a tick became due between the two sides' looks", () => {
    const watched = { changes: [put(job), claim(NOW)], fires: every(NOW + 60_000, 50) };
    assert.deepEqual(compareWrites(wrote(job), wrote(job, watched)), MATCH);
    const [before, after] = [
      { ...job, state: "paused", floorMs: NOW - 1 } as const,
      { ...job, state: "paused", floorMs: NOW + 1 } as const,
    ];
    const paused = wrote(before, { fires: [] });
    assert.deepEqual(
      compareWrites(paused, wrote(after, { changes: [put(after), claim(NOW)], fires: [] })),
      MATCH,
    );
  });

  it("is a mismatch where one of the next fifty fires differs", () => {
    const fires = every(NOW, 50).with(49, NOW + 1);
    assert.match(because(compareWrites(wrote(job), wrote(job, { fires }))) ?? "", /^fires\.49: /);
    const shifted = { fires: every(NOW + 1, 50) };
    assert.equal(compareWrites(wrote(job), wrote(job, shifted)).outcome, "mismatch");
    assert.equal(compareWrites(wrote(job), wrote(job, { fires: [] })).outcome, "mismatch");
  });

  it("is no evidence where a side gave none", () => {
    const { evidence: _, ...silent } = wrote(job);
    assert.deepEqual(compareWrites(wrote(job), silent), {
      outcome: "skipped",
      because: "a side gave no evidence",
    });
  });
});

describe("a run-now that is compared", () => {
  const ran = (atMs: number, more: object = {}): ExecutionReply => {
    const execution = {
      job: "nightly",
      plannedMs: atMs,
      claimedBy: "in-process",
      claimedMs: atMs,
      status: "waiting",
      attempts: [],
      ...more,
    } as const;
    const body = { ...execution, tick: "run-k" };
    const change = changed("created", "Execution", "Execution/nightly/run-k", body);
    return { execution: { id: "nightly/run-k", ...execution }, evidence: { changes: [change], fires: [] } };
  };

  it("matches although each side's clock says another time", () => {
    assert.deepEqual(compareRuns(ran(NOW), ran(NOW + 30, { claimedBy: "extracted" })), MATCH);
  });

  it("is a mismatch where the execution differs", () => {
    assert.equal(compareRuns(ran(NOW), ran(NOW, { status: "skipped" })).outcome, "mismatch");
  });
});

describe("reads that are compared", () => {
  const shown = (next: readonly number[], of: Job = job): JobReply => ({ job: of, revision: "r", next });

  it("match by value, and by their fires from the later look on", () => {
    assert.deepEqual(compareJobs(shown(every(NOW, 3)), shown(every(NOW + 60_000, 3))), MATCH);
    assert.equal(compareJobs(shown([]), shown([], { ...job, owner: "extracted" })).outcome, "mismatch");
    assert.equal(compareJobs(shown(every(NOW, 3)), shown(every(NOW + 1, 3))).outcome, "mismatch");
  });

  it("say nothing where the only fire there is may have passed in between", () => {
    assert.equal(compareJobs(shown([NOW]), shown([])).outcome, "skipped");
  });

  it("match as lists when every job does", () => {
    const page = (...jobs: JobReply[]) => ({ jobs });
    assert.deepEqual(compareLists(page(shown([])), page(shown([]))), MATCH);
    assert.equal(compareLists(page(shown([])), page()).outcome, "mismatch");
    const other = shown([], { ...job, priority: 1 });
    const comparison = compareLists(page(shown([]), shown([])), page(shown([]), other));
    assert.equal(because(comparison), "jobs[1]: job.priority: 5 against 1");
    const more = { ...page(shown([])), nextPageToken: "t" };
    assert.equal(compareLists(page(shown([])), more).outcome, "mismatch");
  });
});

describe("fires that are compared", () => {
  const window = [{ toMs: NOW + 10_000 }] as const;
  const fire = (atMs: number, decision: Fire["decision"] = "fire"): Fire => ({
    job: "nightly",
    atMs,
    decision,
  });
  const recorded = (...fires: Fire[]) => ({ sinceMs: NOW, fires });

  it("match as sets", () => {
    const [a, b] = [fire(NOW), fire(NOW + 1, "overlap")];
    assert.deepEqual(compareFires(recorded(a, b), recorded(b, a), window), MATCH);
  });

  it("are a mismatch where a side fires once too often, not at all, or decides otherwise", () => {
    const both = recorded(fire(NOW), fire(NOW + 1));
    const comparison = compareFires(both, recorded(fire(NOW)), window);
    assert.equal(because(comparison), "fires: 1 and 0 of one side alone");
    assert.equal(compareFires(recorded(fire(NOW)), both, window).outcome, "mismatch");
    const misfired = recorded(fire(NOW, "misfire"));
    assert.equal(compareFires(recorded(fire(NOW)), misfired, window).outcome, "mismatch");
  });

  it("are noise where a few ticks overlap for one side alone, and a mismatch where many do", () => {
    const ticks = Array.from({ length: 100 }, (_, n) => fire(NOW + n));
    const overlapping = (count: number) =>
      recorded(...ticks.map((each, n) => (n < count ? fire(each.atMs, "overlap") : each)));
    assert.equal(compareFires(recorded(...ticks), overlapping(2), window).outcome, "noise");
    assert.equal(compareFires(overlapping(2), recorded(...ticks), window).outcome, "noise");
    assert.equal(compareFires(recorded(...ticks), overlapping(3), window).outcome, "mismatch");
  });

  it("are compared from the later record on, and not at all before it", () => {
    const late = { sinceMs: NOW + 5000, fires: [fire(NOW + 6000)] };
    assert.deepEqual(compareFires(recorded(fire(NOW), fire(NOW + 6000)), late, window), MATCH);
    assert.equal(compareFires(recorded(), { sinceMs: NOW + 10_000, fires: [] }, window).outcome, "skipped");
  });

  it("say nothing where nothing was due", () => {
    assert.equal(because(compareFires(recorded(), recorded(), window)), "nothing was due");
  });
});
