import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { DeepPartial, JobSpec } from "@oms/protos/oms/scheduler/v1/scheduler.ts";
import { startKernelProcess } from "./process.fixture.ts";
import { startRedis } from "./redis.fixture.ts";
import { as, type Refusal, refusalIn, refusalOf, startService } from "./service.fixture.ts";

const stops: (() => Promise<void>)[] = [];
let service: Awaited<ReturnType<typeof startService>>;

before(async () => {
  const [kernel, redis] = [await startKernelProcess(), await startRedis()];
  stops.push(kernel.stop, redis.stop);
  service = await startService({ KERNEL_URL: kernel.address, REDIS_URL: redis.url });
  stops.push(service.stop);
});
after(async () => {
  for (const stop of stops.reverse()) await stop();
});

const GOOD = {
  type: "http-callback",
  payload: { url: "http://127.0.0.1:9/" },
  schedule: { kind: "manual" },
} as const;

/** A registration as REST takes it, and as gRPC does. */
function registration(change: object): { readonly body: object; readonly spec: DeepPartial<JobSpec> } {
  const body = { id: "bad", ...GOOD, ...change } as typeof GOOD & { id: string; dependsOn?: string[] };
  const { schedule, payload, dependsOn, ...rest } = body;
  const { kind, ...value } = schedule;
  return {
    body,
    spec: {
      ...rest,
      payload: JSON.stringify(payload),
      schedule: { kind: { $case: kind, value } },
      ...(dependsOn && { dependsOn: { texts: dependsOn } }),
    } as DeepPartial<JobSpec>,
  };
}

const cron = (expression: string, zone?: string) => ({
  schedule: { kind: "cron", expression, ...(zone && { zone }) },
});
const BAD: readonly (readonly [string, object])[] = [
  ["schedule.expression", cron("61 * * * *")],
  ["schedule.expression", cron("0 0 31 2 *")],
  ["schedule.expression", cron("")],
  ["schedule.zone", cron("* * * * *", "Mars/Olympus")],
  ["schedule.everyMs", { schedule: { kind: "interval", everyMs: 0 } }],
  ["schedule.everyMs", { schedule: { kind: "interval", everyMs: -5 } }],
  ["schedule.atMs", { schedule: { kind: "once", atMs: 1 } }],
  ["type", { type: "nobody's" }],
  ["type", { type: "" }],
  ["payload", { payload: { url: "http://127.0.0.1:9/", body: "x".repeat(10 * 1024 * 1024) } }],
  ["payload.url", { payload: { url: "ftp://a/" } }],
  ["payload.more", { payload: { url: "http://127.0.0.1:9/", more: 1 } }],
  ["id", { id: "" }],
  ["id", { id: "a/b" }],
  ["dependsOn[0]", { dependsOn: ["nobody"] }],
  ["priority", { priority: 10 }],
  ["overlap", { overlap: "sometimes" }],
  ["retry.attempts", { retry: { attempts: 0 } }],
];

test("a job that can never be is refused by its field, in the same words over REST and gRPC", async () => {
  for (const [field, change] of BAD) {
    const { body, spec } = registration(change);
    const overRest = refusalIn(await service.ask("POST", "/jobs", body));
    const overGrpc = await refusalOf(service.client.registerJob({ spec }));
    assert.deepEqual(overGrpc, overRest, field);
    assert.deepEqual(
      overRest.violations.map((violation) => violation.field),
      [field],
    );
  }
});

test("what is not there, or is there already, is told alike by both", async () => {
  const { body, spec } = registration({ id: "there" });
  assert.equal((await service.ask("POST", "/jobs", body, "register-there")).status, 201);
  const rows: readonly [string, Refusal["code"], string, () => Promise<unknown>, object?][] = [
    ["POST /jobs", "ALREADY_EXISTS", "id", () => service.client.registerJob({ spec }), body],
    ["GET /jobs/none", "NOT_FOUND", "id", () => service.client.getJob({ id: "none" })],
    ["PATCH /jobs/none", "NOT_FOUND", "id", () => service.client.updateJob({ spec: { id: "none" } }), {}],
    ["DELETE /jobs/none", "NOT_FOUND", "id", () => service.client.cancelJob({ id: "none" })],
    ["POST /jobs/none/pause", "NOT_FOUND", "id", () => service.client.pauseJob({ id: "none" })],
    ["POST /jobs/none/resume", "NOT_FOUND", "id", () => service.client.resumeJob({ id: "none" })],
    ["POST /jobs/none/run", "NOT_FOUND", "id", () => service.client.runJob({ id: "none" })],
    ["GET /executions?job=none", "NOT_FOUND", "job", () => service.client.listExecutions({ job: "none" })],
    ["GET /executions/there/1", "NOT_FOUND", "id", () => service.client.getExecution({ id: "there/1" })],
    ["GET /dead-letters?job=none", "NOT_FOUND", "job", () => service.client.listDeadLetters({ job: "none" })],
    [
      "POST /dead-letters/there/1/replay",
      "NOT_FOUND",
      "id",
      () => service.client.replayDeadLetter({ id: "there/1" }),
    ],
    [
      "GET /jobs?pageSize=1001",
      "INVALID_ARGUMENT",
      "pageSize",
      () => service.client.listJobs({ pageSize: 1001 }),
    ],
    [
      "PATCH /jobs/there",
      "ABORTED",
      "revision",
      () => service.client.updateJob({ spec: { id: "there", priority: 1 }, revision: "another" }),
      { priority: 1, revision: "another" },
    ],
  ];
  for (const [request, code, field, overGrpc, sent] of rows) {
    const [method = "", path = ""] = request.split(" ");
    const refusal = refusalIn(await service.ask(method, path, sent));
    assert.deepEqual([refusal.code, refusal.violations.map((each) => each.field)], [code, [field]], request);
    assert.deepEqual(await refusalOf(overGrpc()), refusal, request);
  }
});

test("queries that say nothing that can be answered are refused by their parameter", async () => {
  const rows = [
    ["GET", "/executions", "job"],
    ["GET", "/executions?job=a&job=b", "job"],
    ["GET", "/jobs?pageSize=0", "pageSize"],
    ["GET", "/fires?fromMs=1", "toMs"],
    ["GET", "/fires?fromMs=a&toMs=1", "fromMs"],
    ["GET", "/dead-letters?pageToken=nonsense", "pageToken"],
  ] as const;
  for (const [method, path, field] of rows) {
    const { code, violations } = refusalIn(await service.ask(method, path));
    assert.deepEqual([code, violations.map((each) => each.field)], ["INVALID_ARGUMENT", [field]], path);
  }
  const { violations } = refusalIn(await service.ask("PATCH", "/jobs/a", { id: "b" }));
  assert.deepEqual(violations, [{ field: "id", message: "must be the one of the path" }]);
});

test("a job goes through its life over either edge, and both say the same of it", async () => {
  const { body } = registration({ id: "life", schedule: { kind: "interval", everyMs: 3_600_000 } });
  const registered = await service.ask("POST", "/jobs", body, "life-1");
  assert.deepEqual(await service.ask("POST", "/jobs", body, "life-1"), registered);
  const { state } = await service.client.pauseJob({ id: "life" });
  assert.equal(state?.job?.state, "paused");
  const patched = await service.ask("PATCH", "/jobs/life", { tags: ["a"], revision: state?.revision });
  assert.equal(patched.status, 200);
  await service.client.resumeJob({ id: "life" });
  const told = (await service.ask("GET", "/jobs/life")).body as {
    job: { tags: string[]; state: string };
    next: number[];
  };
  const { state: same } = await service.client.getJob({ id: "life" });
  assert.deepEqual([told.job.tags, told.job.state], [same?.job?.spec?.tags?.texts, "active"]);
  assert.deepEqual(told.next, same?.next);
  assert.equal(told.next.length, 3);
  const { jobs } = await service.client.listJobs({ tag: "a" });
  assert.deepEqual(
    jobs.map(({ job }) => job?.spec?.id),
    ["life"],
  );
  assert.equal((await service.client.cancelJob({ id: "life" })).state?.job?.state, "cancelled");
});

test("run-now makes one execution for one key, which both edges show; in a shadow call it makes none", async () => {
  await service.ask("POST", "/jobs", registration({ id: "now" }).body);
  const shadow = await as({ key: "k0", shadow: true }, () => service.client.runJob({ id: "now" }));
  assert.equal(shadow.execution?.id, "now/run-k0");
  const run = await service.ask("POST", "/jobs/now/run", undefined, "k1");
  const again = await as({ key: "k1" }, () => service.client.runJob({ id: "now" }));
  const { execution } = run.body as { execution: { id: string } };
  assert.deepEqual([execution.id, again.execution?.id], ["now/run-k1", "now/run-k1"]);
  const { executions } = await service.client.listExecutions({ job: "now" });
  assert.deepEqual(
    executions.map(({ id }) => id),
    ["now/run-k1"],
  );
  const shown = (await service.ask("GET", "/executions/now/run-k1")).body as {
    execution: { status: string };
  };
  assert.equal(shown.execution.status, "waiting");
});

test("a call that is compared tells what it changes and when the job fires next; another call does not", async () => {
  const { spec } = registration({
    id: "compared",
    schedule: { kind: "interval", everyMs: 60_000, anchorMs: 0 },
  });
  const register = () => service.client.registerJob({ spec });
  const { evidence } = await as({ key: "k2", shadow: true, evidence: true }, register);
  assert.deepEqual(
    evidence?.changes.map(({ kind, id, type }) => [kind, id, type]),
    [["created", "Job/compared", "Job"]],
  );
  assert.equal(JSON.parse(evidence?.changes[0]?.body ?? "").owner, "extracted");
  assert.deepEqual(
    [evidence?.fires.length, (evidence?.fires[49] ?? 0) - (evidence?.fires[0] ?? 0)],
    [50, 49 * 60_000],
  );
  assert.equal((await as({ key: "k2" }, register)).evidence, undefined);
  const state = (await service.ask("GET", "/jobs/compared")).body as { job: { id: string } };
  assert.equal(state.job.id, "compared");
});
