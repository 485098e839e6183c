import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import supertest from "supertest";
import { configureScheduler } from "../core/scheduler/sides.ts";
import { strangler } from "../strangler.ts";
import { refusalOf } from "../testing/graphql.ts";
import { type Oms, schedulerSettings, startOms } from "../testing/oms.ts";
import { type Service, startSchedulerService } from "../testing/scheduler-service.ts";

let oms: Oms;
let service: Service;

before(async () => {
  oms = await startOms();
  service = await startSchedulerService(oms.kernelAddress);
  configureScheduler({ ...schedulerSettings(oms.kernel), serviceAddress: service.address });
  await supertest(oms.app).post("/jobs").send(manual("there")).expect(201);
  await supertest(oms.app)
    .post("/jobs")
    .send(manual("leans", { dependsOn: ["there"] }))
    .expect(201);
  await supertest(oms.app).post("/jobs").send(manual("gone")).expect(201);
  await supertest(oms.app).delete("/jobs/gone").expect(200);
});
after(async () => {
  await strangler.stop();
  await service.stop();
  await oms.stop();
});

type Method = "get" | "post" | "patch" | "delete";
type Answer = { readonly status: number; readonly body: unknown };

const manual = (id: string, more: object = {}) => ({
  id,
  type: "branch-gc",
  payload: { olderThanDays: 30, dryRun: true },
  schedule: { kind: "manual" },
  ...more,
});
const cron = (expression: string, zone?: string) =>
  manual("x", { schedule: { kind: "cron", expression, zone } });
const interval = (everyMs: unknown) => manual("x", { schedule: { kind: "interval", everyMs } });
const once = (atMs: number) => manual("x", { schedule: { kind: "once", atMs } });

const OVER = "x".repeat(1024 * 1024);

/** `other words`: GraphQL's own types refuse it before anybody looks at the job. */
const registered: [what: string, body: object, status: number, graphql?: "other words"][] = [
  ["an impossible cron", cron("61 * * * *"), 400],
  ["a cron of no sense", cron("every day"), 400],
  ["an empty cron", cron(""), 400],
  ["31 February", cron("0 0 31 2 *"), 400],
  ["a zone that does not exist", cron("0 0 * * *", "Mars/Olympus"), 400],
  ["an interval of 0", interval(0), 400],
  ["a negative interval", interval(-1000), 400],
  ["an interval of half a millisecond", interval(1000.5), 400],
  ["an interval that is a text", interval("1000"), 400, "other words"],
  ["a time that has passed", once(1_000_000), 400],
  ["a schedule of no kind", manual("x", { schedule: {} }), 400, "other words"],
  ["a schedule of an unknown kind", manual("x", { schedule: { kind: "lunar" } }), 400],
  ["no schedule", { id: "x", type: "branch-gc" }, 400, "other words"],
  ["a payload of over 1 MB", manual("x", { payload: { text: OVER } }), 413],
  ["a payload its type does not take", manual("x", { payload: { olderThanDays: 0 } }), 400],
  ["a payload that is a list", manual("x", { payload: [] }), 400],
  ["a type that nobody has", manual("x", { type: "dance" }), 400],
  ["a job that depends on itself", manual("x", { dependsOn: ["x"] }), 400],
  ["a job that depends on nothing there is", manual("x", { dependsOn: ["there", "nowhere"] }), 400],
  ["an id that cannot be one", manual("a/b"), 400],
  ["an empty id", manual(""), 400],
  ["an id that is taken", manual("there"), 409],
  ["a priority of 10", manual("x", { priority: 10 }), 400],
  ["a priority that is a text", manual("x", { priority: "high" }), 400, "other words"],
  ["an overlap that is none", manual("x", { overlap: "sometimes" }), 400],
  ["an effect that is none", manual("x", { effect: "twice" }), 400],
  ["no attempts", manual("x", { retry: { attempts: 0 } }), 400],
  ["a timeout of 0", manual("x", { timeoutMs: 0 }), 400],
  ["an unknown field", manual("x", { owner: "extracted" }), 400, "other words"],
  ["several things wrong", { ...cron("61 * * * *"), priority: -1, tags: [""] }, 400],
];

const asked: [what: string, method: Method, path: string, body: object | undefined, status: number][] = [
  ["a payload of 10 MB", "post", "/jobs", manual("x", { payload: { text: "x".repeat(10_000_000) } }), 413],
  ["a list for a body", "post", "/jobs", [], 400],
  ["nothing at all", "post", "/jobs", undefined, 400],
  ["a cycle", "patch", "/jobs/there", { dependsOn: ["leans"] }, 400],
  [
    "an update to an impossible cron",
    "patch",
    "/jobs/there",
    { schedule: { kind: "cron", expression: "x" } },
    400,
  ],
  ["an update of another id", "patch", "/jobs/there", { id: "here" }, 400],
  ["an update to a type nobody has", "patch", "/jobs/there", { type: "dance" }, 400],
  ["an update of no job", "patch", "/jobs/nowhere", { priority: 1 }, 404],
  ["an update at another revision", "patch", "/jobs/there", { priority: 1, revision: "x" }, 409],
  ["an update of a cancelled job", "patch", "/jobs/gone", { priority: 1 }, 422],
  ["cancelling no job", "delete", "/jobs/nowhere", undefined, 404],
  ["pausing no job", "post", "/jobs/nowhere/pause", undefined, 404],
  ["resuming no job", "post", "/jobs/nowhere/resume", undefined, 404],
  ["pausing a cancelled job", "post", "/jobs/gone/pause", undefined, 422],
  ["running no job", "post", "/jobs/nowhere/run", undefined, 404],
  ["running a cancelled job", "post", "/jobs/gone/run", undefined, 422],
  ["no such job", "get", "/jobs/nowhere", undefined, 404],
  ["a page of 0 jobs", "get", "/jobs?pageSize=0", undefined, 400],
  ["a page of 1001 jobs", "get", "/jobs?pageSize=1001", undefined, 400],
  ["a page token that is none", "get", "/jobs?pageToken=x", undefined, 400],
  ["executions of no job", "get", "/executions?job=nowhere", undefined, 404],
  ["executions of nothing said", "get", "/executions", undefined, 400],
  ["no such execution", "get", "/executions/there/1", undefined, 404],
];

async function fromOms(method: Method, path: string, body?: object): Promise<Answer> {
  const request = supertest(oms.app)[method](path);
  const { status, body: answer } = await (body === undefined ? request : request.send(body));
  return { status, body: answer };
}

async function fromService(method: Method, path: string, body?: object): Promise<Answer> {
  const sent = body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(service.url + path, { method: method.toUpperCase(), ...sent });
  return { status: response.status, body: await response.json() };
}

const REGISTER = "mutation ($job: JobInput!) { registerJob(job: $job) { id } }";

const stages: [stage: string, enter: () => Promise<void>][] = [
  ["in-process", async () => {}],
  ["live", () => strangler.start({ overrides: { scheduler: "true" }, log: { info() {}, warn() {} } })],
];

for (const [stage, enter] of stages)
  describe(`in stage ${stage} OMS and the scheduler service refuse alike`, () => {
    before(enter);

    for (const [what, body, status, graphql] of registered)
      it(what, async () => {
        const ours = await fromOms("post", "/jobs", body);
        assert.equal(ours.status, status, JSON.stringify(ours.body));
        assert.deepEqual(await fromService("post", "/jobs", body), ours);
        if (graphql === "other words") return;
        const { type: _, status: __, ...problem } = ours.body as Record<string, unknown>;
        assert.deepEqual(await refusalOf(oms.app, REGISTER, { variables: { job: body } }), problem);
      });

    for (const [what, method, path, body, status] of asked)
      it(what, async () => {
        const ours = await fromOms(method, path, body);
        assert.equal(ours.status, status, JSON.stringify(ours.body));
        assert.ok((ours.body as { errors: unknown[] }).errors.length > 0);
        assert.deepEqual(await fromService(method, path, body), ours);
      });
  });

it("in stage live it was the service that answered", async () => {
  const { body } = await supertest(oms.app).post("/jobs").send(manual("live")).expect(201);
  assert.equal(body.job.owner, "extracted");
  assert.equal("evidence" in body, false);
});
