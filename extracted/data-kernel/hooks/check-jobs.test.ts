import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Document, Write } from "../store/port.ts";
import { idOf, inMemory } from "../store/writes.ts";
import { checkJobs } from "./check-jobs.ts";
import { createInspect } from "./inspect.ts";

const NOW = 100_000;
const inspect = createInspect([checkJobs(["*/scheduler/main"])]);

/** A branch that the hook guards, in memory. */
class Branch {
  readonly documents = new Map<string, Document>();

  /** The fields of what is found; where nothing is, the commit is made. */
  commit(writes: readonly Write[], timeMs = NOW, branch = "dev/scheduler/main"): readonly string[] {
    const base = { find: (id: string) => this.documents.get(id), referrers: () => [] };
    const proposed = { branch, author: "alice@oms", service: "oms", message: "as asked", timeMs };
    const { findings } = inspect({ proposed, writes: inMemory(writes), base });
    if (findings.count > 0) return findings.refusal().violations.map(({ field }) => field);
    for (const write of writes) {
      if ("put" in write) this.documents.set(write.put.id, { ...write.put, revision: "r" });
      else this.documents.delete(write.delete);
    }
    return [];
  }
}

const job = (change: object = {}): Write => ({
  put: {
    id: "Job/j",
    type: "Job",
    body: JSON.stringify({ id: "j", state: "active", floorMs: 50_000, owner: "in-process", ...change }),
  },
});

const execution = (tick: string, change: object = {}): Write => {
  const plannedMs = tick.startsWith("run-") ? 60_000 : Number(tick);
  const body = { job: "j", tick, plannedMs, status: "waiting", attempts: [], claimedMs: 1, ...change };
  return { put: { id: `Execution/j/${tick}`, type: "Execution", body: JSON.stringify(body) } };
};

const attempt = (n: number, end: object = {}) => ({
  n,
  side: "extracted",
  worker: "w",
  startedMs: 1,
  ...end,
});

function withJob(change: object = {}): Branch {
  const branch = new Branch();
  assert.deepEqual(branch.commit([job(change)]), []);
  return branch;
}

const IN = "writes[0].put.body";

test("a tick is claimed once its time has come, above the floor, of a job that is there and active", () => {
  const claim = (change: object, tick: string) => withJob(change).commit([execution(tick)]);
  assert.deepEqual(claim({}, "50001"), []);
  assert.deepEqual(claim({}, "101000"), []);
  assert.deepEqual(claim({}, "101001"), [`${IN}/tick`]);
  assert.deepEqual(claim({}, "50000"), [`${IN}/tick`]);
  assert.deepEqual(claim({ state: "paused" }, "60000"), [`${IN}/job`]);
  assert.deepEqual(claim({ state: "cancelled" }, "60000"), [`${IN}/job`]);
  assert.deepEqual(new Branch().commit([execution("60000")]), [`${IN}/job`]);
});

test("a run that was asked for needs a job that is not cancelled, whatever its floor", () => {
  const ask = (change: object) => withJob({ floorMs: 90_000, ...change }).commit([execution("run-a1")]);
  assert.deepEqual(ask({}), []);
  assert.deepEqual(ask({ state: "paused" }), []);
  assert.deepEqual(ask({ state: "cancelled" }), [`${IN}/job`]);
});

test("an edit settles by the job as it was, and a new job is judged by itself", () => {
  const settled = withJob();
  const pause = [execution("60000"), job({ state: "paused", floorMs: NOW })];
  assert.deepEqual(settled.commit(pause), []);
  assert.deepEqual(settled.commit([execution("99000")]), [`${IN}/job`, `${IN}/tick`]);
  assert.deepEqual(new Branch().commit([execution("60000"), job()]), []);
  assert.deepEqual(new Branch().commit([execution("60000"), job({ floorMs: 60_000 })]), [`${IN}/tick`]);
});

test("an execution says what its id says", () => {
  const branch = withJob();
  assert.deepEqual(branch.commit([execution("60000", { job: "k" })]), [`${IN}/job`]);
  assert.deepEqual(branch.commit([execution("60000", { tick: "60001" })]), [`${IN}/tick`]);
  assert.deepEqual(branch.commit([execution("60000", { plannedMs: 60_001 })]), [`${IN}/plannedMs`]);
  assert.deepEqual(branch.commit([execution("60000", { status: "over" })]), [`${IN}/status`]);
  const put = { id: "Execution/j/60000", type: "Execution", body: "{}" };
  for (const id of ["Execution/j", "Execution/j/060000", "Execution/j/1/2", "Execution//1", "Run/j/60000"])
    assert.deepEqual(branch.commit([{ put: { ...put, id } }]), ["writes[0].put.id"]);
  assert.deepEqual(branch.commit([{ put: { ...put, type: "Note" } }]), ["writes[0].put.id"]);
  assert.deepEqual(branch.commit([job({ id: "k" })]), [`${IN}/id`]);
});

test("executions are deleted at or below the floor that the commit leaves, jobs never", () => {
  const branch = withJob();
  const both = [execution("60000"), execution("run-a1")];
  assert.deepEqual(branch.commit(both), []);
  const deletion = both.map((write) => ({ delete: idOf(write) }));
  assert.deepEqual(branch.commit(deletion), ["writes[0].delete", "writes[1].delete"]);
  assert.deepEqual(branch.commit([...deletion, job({ floorMs: 59_999 })]).length, 2);
  assert.deepEqual(branch.commit([...deletion, job({ floorMs: 60_000 })]), []);
  assert.deepEqual(branch.commit([{ delete: "Job/j" }]), ["writes[0].delete"]);
  assert.deepEqual(branch.commit([{ delete: "Job/none" }, { delete: "Execution/j/70000" }]), []);
});

test("a floor never falls", () => {
  const branch = withJob();
  assert.deepEqual(branch.commit([job({ floorMs: 49_999 })]), [`${IN}/floorMs`]);
  assert.deepEqual(branch.commit([job({ state: "cancelled" })]), []);
  assert.deepEqual(branch.commit([job({ floorMs: 0 })]), [`${IN}/floorMs`]);
});

test("what has ended is not written over, execution and attempt alike", () => {
  const branch = withJob();
  const at = (change: object) => branch.commit([execution("60000", change)]);
  const first = attempt(1, { endedMs: 2, outcome: "failed" });
  assert.deepEqual(at({ status: "running", attempts: [attempt(1)] }), []);
  assert.deepEqual(at({ attempts: [] }), [`${IN}/attempts/0`]);
  assert.deepEqual(at({ attempts: [{ ...attempt(1), worker: "v" }] }), [`${IN}/attempts/0`]);
  assert.deepEqual(at({ attempts: [attempt(1), attempt(2)] }), [`${IN}/attempts/0`]);
  assert.deepEqual(at({ attempts: [first, attempt(3)] }), [`${IN}/attempts/1/n`]);
  assert.deepEqual(at({ status: "running", attempts: [first, attempt(2)] }), []);
  assert.deepEqual(at({ attempts: [{ ...first, outcome: "done" }, attempt(2)] }), [`${IN}/attempts/0`]);
  const attempts = [first, attempt(2, { endedMs: 3, outcome: "done" })];
  assert.deepEqual(at({ status: "done", attempts, endedMs: 3 }), []);
  assert.deepEqual(at({ status: "waiting", attempts }), [`${IN}/status`]);
});

test("other branches and other documents are nobody's business", () => {
  const branch = withJob();
  assert.deepEqual(branch.commit([execution("1"), { delete: "Job/j" }], NOW, "dev/oms/main"), []);
  assert.deepEqual(branch.commit([{ put: { id: "Export/x", type: "Export", body: "{}" } }]), []);
});

test("whatever is tried, in whatever order, no tick is ever claimed twice", () => {
  const tick = fc.integer({ min: 0, max: 12 }).map((n) => String(NOW - 6000 + n * 1000));
  const write = fc.oneof(
    fc
      .record({ state: fc.constantFrom("active", "paused", "cancelled"), floor: tick })
      .map(({ state, floor }) => job({ state, floorMs: Number(floor) })),
    tick.map((each) => execution(each)),
    tick.map((each) => execution(each, { status: "done" })),
    tick.map((each) => ({ delete: `Execution/j/${each}` })),
    fc.constant({ delete: "Job/j" }),
  );
  const commits = fc.array(
    fc.record({
      writes: fc.uniqueArray(write, { minLength: 1, maxLength: 4, selector: idOf }),
      timeMs: fc.integer({ min: NOW - 6000, max: NOW + 6000 }),
    }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(commits, (made) => {
      const branch = withJob({ floorMs: NOW - 6000 });
      const claims = new Set<string>();
      for (const { writes, timeMs } of made) {
        const before = new Set(branch.documents.keys());
        if (branch.commit(writes, timeMs).length > 0) continue;
        for (const id of branch.documents.keys()) {
          if (before.has(id)) continue;
          assert(!claims.has(id), `${id} was claimed twice`);
          assert(Number(id.split("/")[2]) <= timeMs + 1000, `${id} was claimed at ${timeMs}`);
          claims.add(id);
        }
      }
    }),
    { numRuns: 500 },
  );
});
