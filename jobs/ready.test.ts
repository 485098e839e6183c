import assert from "node:assert/strict";
import { test } from "node:test";
import type { Doc } from "@oms/data-kernel/client.ts";
import { type Execution, executionDocument, executionId } from "./execution.ts";
import { EXECUTION, JOB, type Job } from "./job.ts";
import { GrowingState } from "./job-state.ts";
import { waitingOf } from "./ready.ts";
import { jobFrom } from "./validate.ts";

const NOW_MS = 1_000_000;

function stateOf(settings: Partial<Job>, ...executions: readonly Partial<Execution>[]): GrowingState {
  const spec = { id: "j", type: "t", schedule: { kind: "manual" } } as const;
  const body = { ...jobFrom(spec, { owner: "extracted", nowMs: 0 }), ...settings };
  const state = new GrowingState({ id: `Job/${body.id}`, type: JOB, revision: "1", body });
  for (const execution of executions) state.putExecution(documentOf({ job: body.id, ...execution }));
  return state;
}

function documentOf(settings: Partial<Execution>): Doc<Execution> {
  const plannedMs = settings.plannedMs ?? 1000;
  const body: Execution = {
    job: "j",
    tick: String(plannedMs),
    plannedMs,
    claimedBy: "extracted",
    claimedMs: plannedMs,
    status: "waiting",
    attempts: [],
    ...settings,
  };
  return { id: executionDocument(executionId(body)), type: EXECUTION, revision: "1", body };
}

/** What is said of each waiting execution of `state`, by tick. */
function said(state: GrowingState, others: readonly GrowingState[] = []): Readonly<Record<string, string>> {
  const jobs = new Map(others.map((other) => [other.doc.body.id, other]));
  const waiting = waitingOf(state, { nowMs: NOW_MS, jobs });
  return Object.fromEntries(waiting.map(({ execution, readiness }) => [execution.body.tick, readiness]));
}

test("an execution begins when the wait before its next attempt is over", () => {
  const attempts = [
    { n: 1, side: "extracted", worker: "w", startedMs: 1, endedMs: 2, outcome: "failed" },
  ] as const;
  assert.deepEqual(said(stateOf({}, { attempts, notBeforeMs: NOW_MS + 1 })), { "1000": "wait" });
  assert.deepEqual(said(stateOf({}, { attempts, notBeforeMs: NOW_MS })), { "1000": "begin" });
});

test("unless they may overlap, executions of a job begin one after the other, in the order of their ticks", () => {
  const live = [{ plannedMs: 3000 }, { plannedMs: 2000 }, { tick: "run-a", plannedMs: 2500 }];
  const one = { "2000": "begin", "run-a": "wait", "3000": "wait" };
  for (const overlap of ["skip", "queue"] as const) {
    assert.deepEqual(said(stateOf({ overlap }, ...live)), one);
    const running = { plannedMs: 1000, status: "running" } as const;
    assert.deepEqual(said(stateOf({ overlap }, ...live, running)), { ...one, "2000": "wait" });
  }
  assert.deepEqual(new Set(Object.values(said(stateOf({ overlap: "allow" }, ...live)))), new Set(["begin"]));
});

const ended = { status: "done", endedMs: 1 } as const;

test("an execution begins when the last one of every dependency is done, and none of them is live", () => {
  const cases: ReadonlyArray<readonly [string, ...Partial<Execution>[]]> = [
    ["wait"],
    ["begin", ended],
    ["wait", ended, { plannedMs: 2000 }],
    ["wait", ended, { plannedMs: 2000, status: "running" }],
    ["dependency", ended, { plannedMs: 2000, status: "failed", endedMs: 2 }],
    ["dependency", ended, { plannedMs: 2000, status: "unknown", endedMs: 2 }],
    ["dependency", ended, { plannedMs: 2000, status: "skipped", reason: "cancelled", endedMs: 2 }],
    ["dependency", ended, { plannedMs: 2000, status: "skipped", reason: "dependency", endedMs: 2 }],
    ["begin", ended, { plannedMs: 2000, status: "skipped", reason: "overlap", endedMs: 2 }],
    ["wait", { status: "skipped", reason: "misfire", endedMs: 2 }],
    ["begin", { status: "failed", endedMs: 1 }, { ...ended, plannedMs: 2000, endedMs: 2 }],
  ];
  const good = stateOf({ id: "good" }, ended);
  for (const [expected, ...executions] of cases) {
    const other = stateOf({ id: "other" }, ...executions);
    const dependent = stateOf({ dependsOn: ["good", "other"] }, {});
    assert.deepEqual(said(dependent, [good, other]), { "1000": expected }, JSON.stringify(executions));
  }
});

test("a dependency that is not known has never run", () => {
  assert.deepEqual(said(stateOf({ dependsOn: ["nobody"] }, {})), { "1000": "wait" });
});

test("of two dependencies that one failed counts, whatever the other does", () => {
  const failed = stateOf({ id: "failed" }, { status: "failed", endedMs: 1 });
  const dependent = stateOf({ dependsOn: ["never", "failed"] }, {});
  assert.deepEqual(said(dependent, [failed]), { "1000": "dependency" });
});

test("a run that has begun is tried again whatever has become of its dependencies", () => {
  const failed = stateOf({ id: "failed" }, { status: "failed", endedMs: 1 });
  const attempts = [
    { n: 1, side: "extracted", worker: "w", startedMs: 1, endedMs: 2, outcome: "lost" },
  ] as const;
  assert.deepEqual(said(stateOf({ dependsOn: ["failed"] }, { attempts }), [failed]), { "1000": "begin" });
});

test("nothing of a cancelled job begins, not even what was asked for while it was being cancelled", () => {
  const run = { tick: "run-a", plannedMs: 2000 };
  assert.deepEqual(said(stateOf({ state: "cancelled" }, run)), { "run-a": "cancelled" });
  const running = { status: "running" } as const;
  assert.deepEqual(said(stateOf({ state: "cancelled" }, running, run)), { "run-a": "cancelled" });
});
