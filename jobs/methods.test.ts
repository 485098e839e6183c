import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type CallContext, newContext, runInContext } from "@oms/chassis/context/context.ts";
import { invalid } from "@oms/chassis/errors/service-error.ts";
import { startTestKernel, type TestKernel } from "@oms/data-kernel/kernel.fixture.ts";
import type { Execution } from "./execution.ts";
import { EXECUTION, jobDocument, schedulerBranch } from "./job.ts";
import { type MethodsOptions, schedulerMethods } from "./methods.ts";
import { putExecution } from "./writes.ts";

const ENV = "dev";
const BRANCH = schedulerBranch(ENV);
const SECOND = { kind: "interval", everyMs: 1000, anchorMs: 0 } as const;
const MANUAL = { kind: "manual" } as const;

let testKernel: TestKernel;
before(async () => {
  testKernel = await startTestKernel();
  await testKernel.kernel.createBranch({ name: BRANCH });
});
after(() => testKernel.stop());

let names = 0;
const newId = () => `job-${++names}`;

function methodsOf(more: Partial<MethodsOptions> = {}) {
  return schedulerMethods({
    kernel: testKernel.kernel,
    env: ENV,
    side: "in-process",
    now: Date.now,
    executors: {
      require(type) {
        if (type !== "no-op") throw invalid("type", "must be one of no-op");
      },
    },
    fires: () => assert.fail("not asked for"),
    ...more,
  });
}
const methods = () => methodsOf();

function as<R>(context: Partial<CallContext>, run: () => Promise<R>): Promise<R> {
  return runInContext(newContext(context), run);
}

async function executionsOf(job: string): Promise<Execution[]> {
  const { documents } = await testKernel.kernel.query<Execution>({
    branch: BRANCH,
    type: EXECUTION,
    prefix: `${EXECUTION}/${job}/`,
  });
  return documents.map(({ body }) => body);
}

const claimed = (job: string, atMs: number, more: Partial<Execution> = {}): Execution => ({
  job,
  tick: String(atMs),
  plannedMs: atMs,
  claimedBy: "in-process",
  claimedMs: atMs,
  status: "waiting",
  attempts: [],
  ...more,
});

async function claim(execution: Execution): Promise<void> {
  await testKernel.kernel.commit({ branch: BRANCH, message: "claim", writes: [putExecution(execution)] });
}

/** A whole second, a few seconds ago, so that claims of ticks after it are no kernel's future. */
const secondAgo = (seconds: number) => Math.floor(Date.now() / 1000) * 1000 - seconds * 1000;

test("a job is registered once, and under one key as often as it is asked for", async () => {
  const spec = { id: newId(), type: "no-op", schedule: SECOND };
  const key = `register-${spec.id}`;
  const first = await as({ key }, () => methods().register(spec));
  const again = await as({ key }, () => methodsOf({ side: "extracted" }).register(spec));
  assert.deepEqual([again.job, again.revision], [first.job, first.revision]);
  assert.equal(first.job.owner, "in-process");
  assert.deepEqual(first.next[0], Math.floor(first.job.floorMs / 1000 + 1) * 1000);
  await assert.rejects(methods().register(spec), {
    code: "ALREADY_EXISTS",
    violations: [{ field: "id", message: "is the id of a job that is there" }],
  });
  const other = { ...spec, priority: 1 };
  await assert.rejects(
    as({ key }, () => methods().register(other)),
    { code: "ALREADY_EXISTS", message: /key/ },
  );
  assert.deepEqual(await methods().get({ id: spec.id }), {
    ...first,
    next: (await methods().get(spec)).next,
  });
});

test("a job whose one time has passed is answered to who asks once more, and made for nobody", async () => {
  const atMs = Date.now() - 1000;
  const spec = { id: newId(), type: "no-op", schedule: { kind: "once", atMs } } as const;
  const before = methodsOf({ now: () => atMs - 1 });
  const key = `register-${spec.id}`;
  const first = await as({ key }, () => before.register(spec));
  const again = await as({ key }, () => methods().register(spec));
  assert.deepEqual([again.job, again.revision], [first.job, first.revision]);
  await assert.rejects(methods().register(spec), { code: "ALREADY_EXISTS" });
  const refused = { code: "INVALID_ARGUMENT", message: "schedule.atMs must be in the future" };
  await assert.rejects(methods().register({ ...spec, id: newId() }), refused);
  await methods().cancel({ id: spec.id });
  await assert.rejects(methods().register(spec), refused);
});

test("of many who register one id at a moment one succeeds", async () => {
  const spec = { id: newId(), type: "no-op", schedule: MANUAL };
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => methods().register(spec)));
  const refused = tries.filter(({ status }) => status === "rejected") as PromiseRejectedResult[];
  assert.equal(refused.length, 7);
  assert(refused.every(({ reason }) => reason.code === "ALREADY_EXISTS"));
});

test("what cannot be a job is refused with its field", async () => {
  const good = { id: newId(), type: "no-op", schedule: MANUAL };
  await methods().register(good);
  const bad = { id: newId(), type: "no-op", schedule: MANUAL };
  const rows = [
    [{ ...bad, type: "nothing" }, "type"],
    [{ ...bad, schedule: { kind: "cron", expression: "0 0 31 2 *" } as const }, "schedule.expression"],
    [{ ...bad, dependsOn: [good.id, "nobody"] }, "dependsOn[1]"],
    [{ ...bad, dependsOn: [bad.id] }, "dependsOn[0]"],
  ] as const;
  for (const [spec, field] of rows)
    await assert.rejects(methods().register(spec), ({ code, violations }) => {
      assert.deepEqual([code, violations[0].field], ["INVALID_ARGUMENT", field]);
      return true;
    });
  const name = { id: "nobody" };
  for (const call of ["get", "cancel", "pause", "resume", "runNow", "update"] as const)
    await assert.rejects(methods()[call](name), {
      code: "NOT_FOUND",
      violations: [{ field: "id", message: "there is no job nobody" }],
    });
});

test("two edits that would each close half a circle do not both succeed", async () => {
  const [a, b] = [newId(), newId()];
  for (const id of [a, b]) await methods().register({ id, type: "no-op", schedule: MANUAL });
  const tries = await Promise.allSettled([
    methods().update({ id: a, dependsOn: [b] }),
    methods().update({ id: b, dependsOn: [a] }),
  ]);
  const refused = tries.filter(({ status }) => status === "rejected") as PromiseRejectedResult[];
  assert.deepEqual(
    refused.map(({ reason }) => [reason.code, reason.violations[0].field]),
    [["INVALID_ARGUMENT", "dependsOn[0]"]],
  );
});

test("an update keeps what it does not name, and refuses a revision that has passed", async () => {
  const id = newId();
  const first = await methods().register({ id, type: "no-op", schedule: SECOND, tags: ["a"] });
  const second = await methods().update({ id, priority: 9, revision: first.revision });
  assert.deepEqual(second.job, { ...first.job, priority: 9 });
  await assert.rejects(methods().update({ id, priority: 1, revision: first.revision }), {
    code: "ABORTED",
    message: `the job is at revision ${second.revision}`,
  });
});

test("an update that asserts a revision is answered to who asks once more as the first time, on whichever side", async () => {
  const id = newId();
  const { revision } = await methods().register({ id, type: "no-op", schedule: SECOND });
  const key = `update-${id}`;
  const asked = { id, priority: 9, revision };
  const first = await as({ key }, () => methods().update(asked));
  await methods().update({ id, priority: 3 });
  const again = await as({ key }, () => methodsOf({ side: "extracted" }).update(asked));
  assert.deepEqual([again.job, again.revision], [first.job, first.revision]);
  assert.equal((await methods().get({ id })).job.priority, 3);
});

test("pausing claims what was planned before, and raises the floor", async () => {
  const id = newId();
  const t0 = secondAgo(10);
  await methodsOf({ now: () => t0 + 10 }).register({ id, type: "no-op", schedule: SECOND, overlap: "allow" });
  await claim(claimed(id, t0 + 1000));
  const { job, next } = await methodsOf({ now: () => t0 + 3500, side: "extracted" }).pause({ id });
  assert.deepEqual([job.state, job.floorMs, next], ["paused", t0 + 3500, []]);
  const rows = (await executionsOf(id)).map(({ tick, claimedBy, status }) => [tick, claimedBy, status]);
  assert.deepEqual(rows, [
    [`${t0 + 1000}`, "in-process", "waiting"],
    [`${t0 + 2000}`, "extracted", "waiting"],
    [`${t0 + 3000}`, "extracted", "waiting"],
  ]);
  const resumed = await methodsOf({ now: () => t0 + 6500 }).resume({ id });
  assert.deepEqual([resumed.job.floorMs, resumed.next[0]], [t0 + 6500, t0 + 7000]);
  assert.equal((await executionsOf(id)).length, 3);
});

test("another schedule begins where the last one was settled", async () => {
  const id = newId();
  const t0 = secondAgo(10);
  await methodsOf({ now: () => t0 + 10 }).register({ id, type: "no-op", schedule: SECOND, overlap: "skip" });
  const every = { kind: "interval", everyMs: 3000, anchorMs: 0 } as const;
  const { job } = await methodsOf({ now: () => t0 + 2100 }).update({ id, schedule: every });
  assert.deepEqual([job.schedule, job.floorMs], [every, t0 + 2100]);
  const rows = (await executionsOf(id)).map(({ tick, status, reason }) => [tick, status, reason]);
  assert.deepEqual(rows, [
    [`${t0 + 1000}`, "waiting", undefined],
    [`${t0 + 2000}`, "skipped", "overlap"],
  ]);
});

test("cancelling ends what waits and what runs, and lets the id be registered anew", async () => {
  const id = newId();
  const t0 = secondAgo(10);
  await methodsOf({ now: () => t0 + 10 }).register({ id, type: "no-op", schedule: SECOND, overlap: "allow" });
  const attempt = { n: 1, side: "in-process", worker: "w", startedMs: t0 + 1000 } as const;
  await claim(claimed(id, t0 + 1000, { status: "running", attempts: [attempt], leaseMs: 9 }));
  await claim(claimed(id, t0 + 2000));
  const cancel = () => methodsOf({ now: () => t0 + 3500 }).cancel({ id });
  const { job } = await cancel();
  assert.equal(job.state, "cancelled");
  assert.deepEqual((await cancel()).revision, (await methods().get({ id })).revision);
  const [running, waiting, due, ...more] = await executionsOf(id);
  const outcome = { ...attempt, endedMs: t0 + 3500, outcome: "cancelled" };
  assert.deepEqual([running?.status, running?.attempts, running?.leaseMs], ["failed", [outcome], undefined]);
  for (const skipped of [waiting, due])
    assert.deepEqual(
      [skipped?.status, skipped?.reason, skipped?.endedMs],
      ["skipped", "cancelled", t0 + 3500],
    );
  assert.deepEqual(more, []);
  for (const call of ["pause", "resume", "runNow"] as const)
    await assert.rejects(methods()[call]({ id }), { code: "FAILED_PRECONDITION" });
  const anew = await methods().register({ id, type: "no-op", schedule: MANUAL });
  assert.deepEqual([anew.job.state, anew.job.floorMs >= t0 + 3500], ["active", true]);
});

test("an edit that a claim overtakes reads again", async () => {
  const id = newId();
  const t0 = secondAgo(10);
  await methodsOf({ now: () => t0 + 10 }).register({ id, type: "no-op", schedule: SECOND, overlap: "allow" });
  let overtaken = false;
  const { kernel } = testKernel;
  const racing = {
    ...methodsKernel(kernel),
    async commit(request: Parameters<typeof kernel.commit>[0]) {
      if (!overtaken) {
        overtaken = true;
        await claim(claimed(id, t0 + 1000));
      }
      return kernel.commit(request);
    },
  };
  await methodsOf({ kernel: racing, now: () => t0 + 2500 }).pause({ id });
  const rows = (await executionsOf(id)).map(({ tick, claimedMs }) => [Number(tick), claimedMs]);
  assert.deepEqual(rows, [
    [t0 + 1000, t0 + 1000],
    [t0 + 2000, t0 + 2500],
  ]);
});

/** Its methods are its class's, which a spread would not copy. */
function methodsKernel(kernel: TestKernel["kernel"]): TestKernel["kernel"] {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(kernel)) as (keyof typeof kernel)[];
  return Object.fromEntries(
    names.map((name) => [
      name,
      (...args: never[]) => (kernel[name] as (...all: never[]) => unknown)(...args),
    ]),
  ) as unknown as TestKernel["kernel"];
}

test("running a job now makes one execution for a key, on whichever side", async () => {
  const id = newId();
  await methods().register({ id, type: "no-op", schedule: MANUAL });
  await methods().pause({ id });
  const key = `run-it-${id}`;
  const first = await as({ key }, () => methods().runNow({ id }));
  const again = await as({ key }, () => methodsOf({ side: "extracted" }).runNow({ id }));
  assert.deepEqual(again, first);
  assert.equal(first.execution.id, `${id}/run-${key}`);
  const odd = await as({ key: "ein Schlüssel" }, () => methods().runNow({ id }));
  assert.match(odd.execution.id, /\/run-[0-9a-f]{40,64}$/);
  const { executions } = await methods().executions({ job: id });
  assert.equal(executions.length, 2);
  assert.deepEqual(await methods().execution({ id: first.execution.id }), first);
});

test("a run of the longest name and key is named so that its own calls can go under its name", async () => {
  const id = newId().padEnd(100, "x");
  await methods().register({ id, type: "no-op", schedule: MANUAL });
  const { execution } = await as({ key: "k".repeat(100) }, () => methods().runNow({ id }));
  await as({ key: execution.id }, () => executionsOf(id));
});

test("a shadow call says what it would do, as of what its authority read, and stores nothing", async () => {
  const id = newId();
  const t0 = secondAgo(10);
  const edited: string[] = [];
  const at = (nowMs: number) => methodsOf({ now: () => nowMs, edited: (job) => edited.push(job) });
  await at(t0 + 10).register({ id, type: "no-op", schedule: SECOND });
  const live = newContext({ evidence: true, key: `pause-${id}` });
  const authority = await runInContext(live, () => at(t0 + 2500).pause({ id }));
  const shadow = { ...live, shadow: true };
  const watched = await runInContext(shadow, () => at(t0 + 2500).pause({ id }));
  const told = (changes: NonNullable<typeof watched.evidence>["changes"] = []) =>
    changes.map(({ kind, document }) => [kind, document.id, document.body]);
  assert.deepEqual(told(watched.evidence?.changes), told(authority.evidence?.changes));
  assert.equal(watched.evidence?.changes.length, 3);
  assert.equal(watched.revision, "");
  assert.deepEqual(edited, [id, id]);
  assert.equal((await methods().get({ id })).revision, authority.revision);
  const asked = { id: newId(), type: "no-op", schedule: SECOND };
  const registered = await as({ shadow: true, evidence: true }, () => at(t0).register(asked));
  assert.equal(registered.evidence?.fires.length, 50);
  await assert.rejects(methods().get({ id: asked.id }), { code: "NOT_FOUND" });
});

test("lists are by id and by page, and keep to a tag and a type", async () => {
  const tag = newId();
  const ids = Array.from({ length: 5 }, () => newId());
  for (const id of ids) await methods().register({ id, type: "no-op", schedule: MANUAL, tags: [tag] });
  const found: string[] = [];
  let pageToken: string | undefined;
  do {
    const page = await methods().list({ tag, type: "no-op", pageSize: 2, ...(pageToken && { pageToken }) });
    found.push(...page.jobs.map(({ job }) => job.id));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  assert.deepEqual(
    found,
    ids.toSorted((a, b) => (a < b ? -1 : 1)),
  );
  assert.deepEqual(await methods().list({ tag: "nobody's" }), { jobs: [] });
  for (const pageSize of [0, 1001, 1.5])
    await assert.rejects(methods().list({ pageSize }), { code: "INVALID_ARGUMENT" });
  await assert.rejects(methods().executions({ job: "nobody" }), { code: "NOT_FOUND" });
  const [id = ""] = ids;
  assert.deepEqual(await methods().executions({ job: id }), { executions: [] });
  assert.notEqual(await testKernel.kernel.get(BRANCH, jobDocument(id)), undefined);
});
