import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job, Schedule } from "@oms/jobs/job.ts";
import type { ExecutionView } from "@oms/jobs/port.ts";
import { Execution, JobState, RegisterJobRequest } from "@oms/protos/oms/scheduler/v1/scheduler.ts";
import { executionToWire, jobToWire, stateToWire } from "./replies.ts";
import { specFromWire } from "./spec.ts";

const SPEC = {
  id: "nightly",
  type: "export",
  payload: { branch: "main", nested: [1, "zwei", null] },
  priority: 0,
  dependsOn: ["other"],
  retry: { attempts: 3, backoffMs: 0, maxBackoffMs: 60_000 },
  timeoutMs: 1000,
  overlap: "queue",
  misfire: "fire-all",
  effect: "once",
  tags: [],
  keep: 0,
} as const;
const REST = { owner: "extracted", state: "paused", floorMs: 1_763_000_000_123, createdMs: 5 } as const;
const SCHEDULES: readonly Schedule[] = [
  { kind: "cron", expression: "*/5 * * * * *", zone: "Asia/Seoul" },
  { kind: "interval", everyMs: 1000, anchorMs: 0 },
  { kind: "once", atMs: 1_763_000_000_000 },
  { kind: "manual" },
];

/** As it arrives. */
function sent<T>(
  message: { encode(of: T): { finish(): Uint8Array }; decode(bytes: Uint8Array): T },
  of: unknown,
) {
  return message.decode(message.encode(of as T).finish());
}

test("a job arrives as it is, whatever its schedule, zeros and empty lists included", () => {
  for (const schedule of SCHEDULES) {
    const job: Job = { ...SPEC, schedule, ...REST };
    const state = sent(JobState, stateToWire({ job, revision: "r1", next: [1, 2] }));
    const { spec, ...rest } = state.job ?? assert.fail();
    assert.deepEqual({ ...specFromWire(spec), ...rest }, job);
    assert.deepEqual([state.revision, state.next], ["r1", [1, 2]]);
  }
});

test("what a request leaves out is left out, and not given a value", () => {
  const spec = { id: "a", schedule: { kind: { $case: "cron", value: { expression: "* * * * *" } } } };
  const arrived = sent(RegisterJobRequest, RegisterJobRequest.fromPartial({ spec } as object));
  assert.deepEqual(specFromWire(arrived.spec), {
    id: "a",
    schedule: { kind: "cron", expression: "* * * * *" },
  });
  assert.deepEqual(specFromWire(undefined), { id: "" });
});

test("a payload that is no JSON arrives as the text it is, to be refused as one", () => {
  const { spec } = sent(
    RegisterJobRequest,
    RegisterJobRequest.fromPartial({ spec: { id: "a", payload: "{" } }),
  );
  assert.deepEqual(specFromWire(spec), { id: "a", payload: "{" });
});

test("an execution arrives as it is, with every attempt, a result that is null and a progress of 0", () => {
  const view: ExecutionView = {
    id: "nightly/1763000000000",
    job: "nightly",
    plannedMs: 1_763_000_000_000,
    claimedBy: "in-process",
    claimedMs: 1_763_000_000_009,
    status: "failed",
    reason: "misfire",
    attempts: [
      { n: 1, side: "in-process", worker: "w1", startedMs: 1, endedMs: 2, outcome: "lost" },
      { n: 2, side: "extracted", worker: "w2", startedMs: 3, error: { code: "crashed", message: "oh" } },
    ],
    notBeforeMs: 4,
    endedMs: 5,
    result: null,
    progress: 0,
  };
  const { result, attempts, ...wire } = sent(Execution, executionToWire(view));
  const arrived = attempts.map((attempt) =>
    Object.fromEntries(Object.entries(attempt).filter(([, value]) => value !== undefined)),
  );
  assert.deepEqual({ ...wire, attempts: arrived, result: JSON.parse(result ?? "") }, view);
});

test("evidence goes along with an edit that was asked for it, and with no other", () => {
  const job: Job = { ...SPEC, schedule: { kind: "manual" }, ...REST };
  const document = { id: "Job/nightly", type: "Job", body: { a: 1 }, revision: "r2" };
  const evidence = { changes: [{ kind: "updated", document } as const], fires: [7] };
  const reply = { job, revision: "r1", next: [] };
  assert.deepEqual(jobToWire({ ...reply, evidence }).evidence, {
    changes: [{ kind: "updated", id: "Job/nightly", type: "Job", body: '{"a":1}' }],
    fires: [7],
  });
  assert.equal(jobToWire(reply).evidence, undefined);
});
