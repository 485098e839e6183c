import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { isAnswer, ServiceError } from "@oms/chassis/errors/service-error.ts";
import { startGrpcServer } from "@oms/chassis/grpc-server.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { createMetrics } from "@oms/chassis/metrics.ts";
import { createReadiness } from "@oms/chassis/readiness.ts";
import { SchedulerServiceDefinition } from "@oms/protos/oms/scheduler/v1/scheduler.ts";
import { SchedulerStub } from "./scheduler-stub.ts";

let server: Awaited<ReturnType<typeof startGrpcServer>>;
let stub: SchedulerStub;
/** What the service answers next, whatever is asked, and what it was asked last. */
let answer: object = {};
let asked: unknown;

before(async () => {
  const reply = async (request: unknown) => {
    asked = request;
    return answer;
  };
  const { methods } = SchedulerServiceDefinition;
  const implementation = Object.fromEntries(Object.keys(methods).map((name) => [name, reply]));
  const quiet = { logger: createLogger("scheduler-api", "silent"), metrics: createMetrics("scheduler-api") };
  const place = { service: "scheduler-api", build: "b7", host: "127.0.0.1", port: 0 };
  server = await startGrpcServer({ ...place, ...quiet, readiness: createReadiness() }, (grpc) =>
    grpc.add(SchedulerServiceDefinition, implementation as never),
  );
  stub = new SchedulerStub({ address: `127.0.0.1:${server.port}` });
});
after(async () => {
  stub.close();
  await server.stop();
});

const cron = { kind: { $case: "cron", value: { expression: "0 4 * * *", zone: "Asia/Seoul" } } };
const spec = {
  id: "nightly",
  type: "export",
  payload: '{"branch":"main","more":[null]}',
  schedule: cron,
  priority: 0,
  dependsOn: { texts: ["other"] },
  retry: { attempts: 3, backoffMs: 0, maxBackoffMs: 5 },
  timeoutMs: 1000,
  overlap: "queue",
  misfire: "fire-all",
  effect: "once",
  tags: { texts: [] },
  keep: 0,
};
const job = { spec, owner: "extracted", state: "paused", floorMs: 1_763_000_000_123, createdMs: 5 };
const state = { job, revision: "r1", next: [1_763_000_000_000] };
const asPort = {
  ...spec,
  payload: { branch: "main", more: [null] },
  schedule: { kind: "cron", expression: "0 4 * * *", zone: "Asia/Seoul" },
  dependsOn: ["other"],
  tags: [],
  owner: "extracted",
  state: "paused",
  floorMs: 1_763_000_000_123,
  createdMs: 5,
};
const execution = {
  id: "nightly/run-k",
  job: "nightly",
  plannedMs: 1_763_000_000_000,
  claimedBy: "in-process",
  claimedMs: 1_763_000_000_001,
  status: "failed",
  attempts: [
    { n: 1, side: "extracted", worker: "w", startedMs: 1, endedMs: 2, outcome: "lost" },
    { n: 2, side: "extracted", worker: "w", startedMs: 3, error: { code: "c", message: "m" } },
  ],
  endedMs: 9,
};

async function refusal(call: Promise<unknown>): Promise<ServiceError> {
  const error: unknown = await call.then(
    () => assert.fail("it was answered"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ServiceError, String(error));
  return error;
}

it("a job arrives as the port has it, zeros and empty lists included, and the build with it", async () => {
  answer = { state };
  assert.deepEqual(await stub.get({ id: "nightly" }), { job: asPort, revision: "r1", next: state.next });
  assert.equal(stub.build(), "b7");
});

it("evidence arrives with the answer of a call that is compared", async () => {
  const change = { kind: "updated", id: "Job/nightly", type: "Job", body: '{"a":1}' };
  answer = { state, evidence: { changes: [change], fires: [7] } };
  const document = { id: "Job/nightly", type: "Job", body: { a: 1 }, revision: "" };
  assert.deepEqual((await stub.pause({ id: "nightly" })).evidence, {
    changes: [{ kind: "updated", document }],
    fires: [7],
  });
});

it("an execution arrives with its attempts, what is absent stays absent, and a result may be null", async () => {
  answer = { execution };
  assert.deepEqual(await stub.execution({ id: execution.id }), { execution });
  answer = { execution: { ...execution, result: "null", progress: 0 } };
  assert.deepEqual(await stub.runNow({ id: "nightly" }), {
    execution: { ...execution, result: null, progress: 0 },
  });
});

it("lists and fires arrive whole", async () => {
  answer = { jobs: [state], nextPageToken: "t" };
  assert.deepEqual(await stub.list({}), {
    jobs: [{ job: asPort, revision: "r1", next: state.next }],
    nextPageToken: "t",
  });
  answer = { executions: [execution], nextPageToken: "" };
  assert.deepEqual(await stub.executions({ job: "nightly" }), { executions: [execution] });
  const fires = [{ job: "nightly", atMs: 1_763_000_000_000, decision: "misfire" }];
  answer = { sinceMs: 5, fires };
  assert.deepEqual(await stub.fires({ fromMs: 1, toMs: 2 }), { sinceMs: 5, fires });
});

it("what is said of a job is said on the wire, and nothing else", async () => {
  answer = { state };
  const schedule = { kind: "interval", everyMs: 60_000 } as const;
  await stub.register({ id: "a", type: "t", payload: { n: null }, schedule, dependsOn: [], tags: ["x"] });
  const { spec: sent } = asked as { spec: object };
  const said = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined));
  assert.deepEqual(said, {
    id: "a",
    type: "t",
    payload: '{"n":null}',
    schedule: { kind: { $case: "interval", value: { everyMs: 60_000, anchorMs: undefined } } },
    dependsOn: { texts: [] },
    tags: { texts: ["x"] },
  });
  await stub.update({ id: "a", priority: 0, revision: "r0" });
  const update = asked as { spec: { priority: number; schedule: unknown }; revision: string };
  assert.deepEqual([update.spec.priority, update.spec.schedule, update.revision], [0, undefined, "r0"]);
});

it("a page that cannot be asked for is asked for as one that is refused", async () => {
  answer = { jobs: [] };
  for (const [pageSize, sent] of [
    [undefined, 0],
    [7, 7],
    [1000, 1000],
    [0, -1],
    [1.5, -1],
    [1e12, -1],
  ] as const) {
    await stub.list(pageSize === undefined ? {} : { pageSize });
    assert.equal((asked as { pageSize: number }).pageSize, sent);
  }
});

it("what the wire could not say is refused in the words of both sides, before it is sent", async () => {
  asked = undefined;
  const job = { id: "a", type: "t", schedule: { kind: "manual" }, priority: "high" };
  const error = await refusal(stub.register(job as never));
  assert.deepEqual([error.code, error.violations[0]?.field], ["INVALID_ARGUMENT", "priority"]);
  const update = await refusal(stub.update({ id: "a", schedule: { kind: "lunar" } } as never));
  assert.equal(update.violations[0]?.field, "schedule.kind");
  assert.equal(asked, undefined);
});

const garbage: [what: string, answer: object, call: (of: SchedulerStub) => Promise<unknown>][] = [
  ["no job", {}, (of) => of.get({ id: "a" })],
  [
    "a job of no owner",
    { state: { ...state, job: { ...job, owner: "nobody" } } },
    (of) => of.cancel({ id: "a" }),
  ],
  [
    "a payload that is no JSON",
    { state: { ...state, job: { ...job, spec: { ...spec, payload: "{" } } } },
    (of) => of.resume({ id: "a" }),
  ],
  [
    "a job without a schedule",
    { state: { ...state, job: { ...job, spec: { ...spec, schedule: undefined } } } },
    (of) => of.get({ id: "a" }),
  ],
  ["no execution", {}, (of) => of.execution({ id: "a/1" })],
  ["an unknown status", { execution: { ...execution, status: "lucky" } }, (of) => of.runNow({ id: "a" })],
  [
    "evidence that is no JSON",
    { state, evidence: { changes: [{ kind: "updated", id: "a", type: "Job", body: "" }] } },
    (of) => of.pause({ id: "a" }),
  ],
  [
    "an unknown decision",
    { fires: [{ job: "a", atMs: 1, decision: "why" }] },
    (of) => of.fires({ fromMs: 0, toMs: 1 }),
  ],
];
for (const [what, given, call] of garbage)
  it(`${what} makes the service unavailable, and nothing crash`, async () => {
    answer = given;
    const error = await refusal(call(stub));
    assert.equal(error.code, "UNAVAILABLE");
    assert.equal(isAnswer(error), false);
  });

it("a service that is not there is unavailable", async () => {
  const absent = new SchedulerStub({ address: "127.0.0.1:1" });
  assert.equal((await refusal(absent.get({ id: "a" }))).code, "UNAVAILABLE");
  absent.close();
});
