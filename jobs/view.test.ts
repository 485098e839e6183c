import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Kernel, Write } from "@oms/data-kernel/client.ts";
import { startTestKernel, type TestKernel } from "@oms/data-kernel/kernel.fixture.ts";
import { executionOf, jobOf, quiet } from "./documents.fixture.ts";
import { type Execution, executionDocument, executionId } from "./execution.ts";
import { schedulerBranch } from "./job.ts";
import { JobsView, type Seen } from "./view.ts";
import { putExecution, putJob } from "./writes.ts";

let testKernel: TestKernel;
before(async () => {
  testKernel = await startTestKernel();
});
after(() => testKernel.stop());

let envs = 0;
const newEnv = () => `env${++envs}`;

/** Looks by itself only when it is told to. */
const openView = (env: string, kernel: Kernel = testKernel.kernel) =>
  JobsView.open({ kernel, env, log: quiet, pollMs: 3_600_000 });

async function commit(env: string, writes: readonly Write[]): Promise<string> {
  const branch = schedulerBranch(env);
  const { commit } = await testKernel.kernel.commit({ branch, message: "test", writes });
  return commit?.id ?? assert.fail();
}

function told(view: JobsView) {
  const states = [...view.states()].map((state) => ({
    id: state.doc.body.id,
    revision: state.doc.revision,
    claimedMs: state.claimedMs,
    live: [...state.live.keys()].sort((a, b) => (a < b ? -1 : 1)),
    lastEnded: state.lastEnded,
    ended: state.ended,
  }));
  return {
    states: states.sort((a, b) => (a.id < b.id ? -1 : 1)),
    busy: [...view.busy()].map(({ doc }) => doc.body.id).sort((a, b) => (a < b ? -1 : 1)),
  };
}

const T = 1_700_000_000_000;

test("a branch that is missing is made, and what is committed afterwards is known after a refresh", async () => {
  const env = newEnv();
  const view = await openView(env);
  assert.deepEqual(told(view), { states: [], busy: [] });
  const revision = await commit(env, [putJob(jobOf("a", { floorMs: T }))]);
  await commit(env, [putExecution(executionOf("a", T + 1000))]);
  const seen: Seen["kind"][] = [];
  view.onChange(({ kind }) => seen.push(kind));
  await view.refresh();
  assert.deepEqual(told(view), {
    states: [
      { id: "a", revision, claimedMs: T + 1000, live: [`${T + 1000}`], lastEnded: undefined, ended: 0 },
    ],
    busy: ["a"],
  });
  assert.deepEqual(seen, ["job", "execution"]);
  view.close();
});

test("what is read at once and what has come bit by bit are the same", async () => {
  const env = newEnv();
  const grown = await openView(env);
  const ended = (tick: number, more: Partial<Execution>) =>
    executionOf("a", tick, { status: "done", endedMs: tick + 5, ...more });
  const run = { ...executionOf("b", T), tick: "run-1", plannedMs: T + 77_000 };
  const steps: Write[][] = [
    [putJob(jobOf("a", { floorMs: T })), putJob(jobOf("b", { floorMs: T }))],
    [putExecution(executionOf("a", T + 1000)), putExecution(executionOf("a", T + 2000)), putExecution(run)],
    [putExecution(ended(T + 1000, {}))],
    [putExecution(ended(T + 2000, { status: "failed" }))],
    [
      putExecution(ended(T + 3000, { status: "skipped", reason: "overlap" })),
      putExecution(executionOf("a", T + 4000)),
    ],
    [
      putJob(jobOf("a", { floorMs: T + 1000 })),
      { delete: executionDocument(executionId(ended(T + 1000, {}))) },
    ],
    [putJob(jobOf("b", { floorMs: T + 9000, state: "paused" }))],
  ];
  for (const step of steps) {
    await commit(env, step);
    await grown.refresh();
    const fresh = await openView(env);
    assert.deepEqual(told(grown), told(fresh));
    fresh.close();
  }
  const [a, b] = told(grown).states;
  assert.deepEqual(
    [a?.claimedMs, a?.ended, a?.lastEnded, b?.claimedMs],
    [T + 4000, 2, { status: "failed", endedMs: T + 2005 }, T + 9000],
  );
  grown.close();
});

test("after a rewrite of the branch everything is read anew", async () => {
  const env = newEnv();
  await testKernel.kernel.createBranch({ name: schedulerBranch(env) });
  const kept = await commit(env, [putJob(jobOf("a"))]);
  await commit(env, [putJob(jobOf("b"))]);
  const view = await openView(env);
  await testKernel.kernel.resetBranch({ name: schedulerBranch(env), to: kept });
  await commit(env, [putJob(jobOf("c"))]);
  const seen: Seen["kind"][] = [];
  view.onChange(({ kind }) => seen.push(kind));
  await view.refresh();
  assert.deepEqual([told(view).states.map(({ id }) => id), seen], [["a", "c"], ["everything"]]);
  await testKernel.kernel.deleteBranch({ name: schedulerBranch(env) });
  await view.refresh();
  assert.deepEqual(told(view).states, []);
  view.close();
});

test("while the kernel is away it keeps what it knows, and goes on afterwards", async () => {
  const env = newEnv();
  const link: { away: boolean } = { away: false };
  const kernel = new Proxy(testKernel.kernel, {
    get: (target, name: keyof Kernel) =>
      link.away && name === "changes"
        ? () => Promise.reject(new ServiceError("UNAVAILABLE", "away"))
        : (target[name] as () => unknown).bind(target),
  });
  const view = await openView(env, kernel);
  await commit(env, [putJob(jobOf("a"))]);
  await view.refresh();
  link.away = true;
  await commit(env, [putJob(jobOf("b"))]);
  await assert.rejects(view.refresh(), { code: "UNAVAILABLE" });
  assert.deepEqual(
    told(view).states.map(({ id }) => id),
    ["a"],
  );
  link.away = false;
  await view.refresh();
  assert.deepEqual(
    told(view).states.map(({ id }) => id),
    ["a", "b"],
  );
  view.close();
});

test("it looks for changes by itself, and shows a shadow call the head as everybody else", async () => {
  const env = newEnv();
  const view = await JobsView.open({ kernel: testKernel.kernel, env, log: quiet, pollMs: 5 });
  const { promise, resolve } = Promise.withResolvers<Seen>();
  view.onChange(resolve);
  const revision = await commit(env, [putJob(jobOf("a"))]);
  assert.equal((await promise).kind, "job");
  const reads = new Map([[schedulerBranch(env), revision]]);
  await commit(env, [putJob(jobOf("b"))]);
  await runInContext(newContext({ shadow: true, reads }), () => view.refresh());
  assert.deepEqual(
    told(view).states.map(({ id }) => id),
    ["a", "b"],
  );
  view.close();
});
