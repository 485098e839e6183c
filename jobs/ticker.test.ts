import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Doc, Kernel, Write } from "@oms/data-kernel/client.ts";
import { startTestKernel, type TestKernel } from "@oms/data-kernel/kernel.fixture.ts";
import { jobOf, quiet } from "./documents.fixture.ts";
import type { Execution } from "./execution.ts";
import { readFaults } from "./faults.ts";
import { JobsHandover } from "./handover.ts";
import { EXECUTION, type Owner, schedulerBranch } from "./job.ts";
import { Ticker, type TickerOptions } from "./ticker.ts";
import { JobsView } from "./view.ts";
import { putJob } from "./writes.ts";

let testKernel: TestKernel;
before(async () => {
  testKernel = await startTestKernel();
});
after(() => testKernel.stop());

let envs = 0;
/** Whole minutes, long enough ago that no tick is in the kernel's future. */
const T = Math.floor(Date.now() / 60_000) * 60_000 - 24 * 3_600_000;

type Started = {
  readonly view: JobsView;
  readonly ticker: Ticker;
  /** What it told of its claims. */
  readonly claimed: Doc<Execution>[];
  readonly stop: () => Promise<void>;
};

async function start(env: string, more: Partial<TickerOptions> & { side?: Owner }): Promise<Started> {
  const { kernel = testKernel.kernel } = more;
  const view = await JobsView.open({ kernel: kernel as Kernel, env, log: quiet, pollMs: 20 });
  const claimed: Doc<Execution>[] = [];
  const ticker = new Ticker({
    view,
    kernel,
    env,
    side: "in-process",
    windowMs: 1,
    now: () => T,
    claimed: (docs) => void claimed.push(...docs),
    log: quiet,
    faults: readFaults(undefined),
    ...more,
  });
  ticker.start();
  const stop = async () => {
    await ticker.stop();
    view.close();
  };
  return { view, ticker, claimed, stop };
}

async function put(env: string, writes: readonly Write[]): Promise<void> {
  await testKernel.kernel.commit({ branch: schedulerBranch(env), message: "test", writes });
}

async function newEnv(...jobs: Parameters<typeof jobOf>[]): Promise<string> {
  const env = `env${++envs}`;
  await testKernel.kernel.createBranch({ name: schedulerBranch(env) });
  const writes = jobs.map(([id, change]) => putJob(jobOf(id, { floorMs: T, ...change })));
  if (writes.length > 0) await put(env, writes);
  return env;
}

async function executions(env: string, job: string): Promise<Execution[]> {
  const found: Execution[] = [];
  const asked = { branch: schedulerBranch(env), type: EXECUTION, prefix: `${EXECUTION}/${job}/` };
  for await (const { body } of testKernel.kernel.stream<Execution>(asked)) found.push(body);
  return found;
}

/** Resolves when `view` knows every tick of these jobs up to then to be claimed. */
async function claimedUpTo(view: JobsView, jobs: readonly string[], atMs: number): Promise<void> {
  const done = () => jobs.every((id) => (view.get(id)?.claimedMs ?? 0) >= atMs);
  if (done()) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const forget = view.onChange(() => done() && resolve());
  await promise;
  forget();
}

const seconds = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => T + (from + index) * 1000);

test("of several tickers on both sides each tick is claimed by one, whoever owns the job meanwhile", async () => {
  const ids = Array.from({ length: 12 }, (_, index) => `job-${index}`);
  const env = await newEnv(
    ...ids.map((id, index): [string, object] => [id, { owner: index % 2 ? "extracted" : "in-process" }]),
  );
  let nowMs = T;
  const now = () => nowMs;
  const sides = ["in-process", "in-process", "extracted"] as const;
  const tickers = await Promise.all(sides.map((side) => start(env, { side, now })));
  const [first] = tickers;
  const handover = new JobsHandover({ kernel: testKernel.kernel, env });
  for (let second = 1; second <= 12; second += 1) {
    // One that has lost a claim keeps a little behind.
    nowMs = T + second * 1000 + 100;
    if (second % 3 === 0) {
      const owner = second % 2 ? "extracted" : "in-process";
      await Promise.all(ids.map((id, index) => index % 3 && handover.move(id, owner)));
    }
    await claimedUpTo(first?.view ?? assert.fail(), ids, T + second * 1000);
  }
  await handover.close();
  for (const { stop } of tickers) await stop();
  const told = tickers.flatMap(({ claimed }) => claimed.map(({ id }) => id));
  assert.equal(new Set(told).size, told.length);
  const owners = new Set<string>();
  for (const id of ids) {
    const found = await executions(env, id);
    assert.deepEqual(
      found.map(({ plannedMs }) => plannedMs),
      seconds(1, 12),
    );
    for (const { claimedBy } of found) owners.add(claimedBy);
  }
  assert.equal(told.length, ids.length * 12);
  assert.equal(owners.size, 2);
});

test("with claims switched off two tickers fire one tick twice", async () => {
  const env = await newEnv(["a"]);
  let nowMs = T;
  const faults = readFaults("claims=off");
  const two = await Promise.all([1, 2].map(() => start(env, { now: () => nowMs, faults })));
  nowMs = T + 1000;
  const fired = () => two.every(({ claimed }) => claimed.length > 0);
  while (!fired()) await new Promise((resolve) => setTimeout(resolve, 5));
  for (const { stop } of two) await stop();
  assert.deepEqual(
    two.map(({ claimed }) => claimed.map(({ body }) => body.plannedMs)),
    [[T + 1000], [T + 1000]],
  );
});

test("while the kernel is away nothing is claimed; afterwards what is late fires, once", async () => {
  const env = await newEnv(
    ["late"],
    ["strict", { misfire: "skip" }],
    ["once-late", { misfire: "fire-once" }],
  );
  let nowMs = T;
  const link: { away: boolean } = { away: false };
  let refused = 0;
  const lost: string[] = [];
  const kernel = new Proxy(testKernel.kernel, {
    get(target, name: keyof Kernel) {
      const method = (target[name] as (...all: unknown[]) => Promise<unknown>).bind(target);
      if (name !== "commit" && name !== "changes") return method;
      return async (request: { key: string }) => {
        if (link.away) {
          refused += 1;
          throw new ServiceError("UNAVAILABLE", "away");
        }
        const answer = await method(request);
        // The first answer to a commit never arrives.
        if (name === "commit" && lost.length === 0) {
          lost.push(request.key);
          throw new ServiceError("UNAVAILABLE", "cut");
        }
        return answer;
      };
    },
  });
  const ticker = await start(env, { now: () => nowMs, kernel });
  nowMs = T + 2000;
  const ids = ["late", "strict", "once-late"];
  await claimedUpTo(ticker.view, ids, T + 2000);
  link.away = true;
  nowMs = T + 30_000;
  while (refused < 5) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal((await executions(env, "late")).length, 2);
  nowMs = T + 90_000;
  link.away = false;
  await claimedUpTo(ticker.view, ids, T + 90_000);
  await ticker.stop();
  const told = ticker.claimed.map(({ id }) => id);
  assert.equal(new Set(told).size, told.length);
  const fired = async (id: string) =>
    (await executions(env, id))
      .filter(({ status }) => status === "waiting")
      .map(({ plannedMs }) => plannedMs);
  for (const id of ids)
    assert.deepEqual(
      (await executions(env, id)).map(({ plannedMs }) => plannedMs),
      seconds(1, 90),
    );
  assert.deepEqual(await fired("late"), seconds(1, 90));
  assert.deepEqual(await fired("strict"), [...seconds(1, 2), ...seconds(30, 90)]);
  assert.deepEqual(await fired("once-late"), [...seconds(1, 2), ...seconds(29, 90)]);
  assert.equal(lost.length, 1);
});

test("a clock that is set back fires nothing again, one that is set forward leaves nothing out", async () => {
  const env = await newEnv(["a", { misfire: "skip" }]);
  let nowMs = T;
  const ticker = await start(env, { now: () => nowMs });
  nowMs = T + 5000;
  await claimedUpTo(ticker.view, ["a"], T + 5000);
  nowMs = T - 3_600_000;
  const then = { floorMs: nowMs - 1000, schedule: { kind: "once", atMs: nowMs } } as const;
  await put(env, [putJob(jobOf("marker", then))]);
  await claimedUpTo(ticker.view, ["marker"], nowMs);
  nowMs = T + 3_600_000;
  await claimedUpTo(ticker.view, ["a"], nowMs);
  await ticker.stop();
  const found = await executions(env, "a");
  assert.deepEqual(
    found.map(({ plannedMs }) => plannedMs),
    seconds(1, 3600),
  );
  const skipped = found.filter(({ reason }) => reason === "misfire").map(({ plannedMs }) => plannedMs);
  assert.deepEqual(skipped, seconds(6, 3539));
});

test("a job that comes while it waits is noticed at once, one that is paused or given away fires no more", async () => {
  const env = await newEnv();
  let nowMs = T;
  const ticker = await start(env, { now: () => nowMs });
  await put(env, [
    putJob(jobOf("new", { floorMs: T })),
    putJob(jobOf("theirs", { floorMs: T, owner: "extracted" })),
  ]);
  nowMs = T + 1000;
  await claimedUpTo(ticker.view, ["new"], T + 1000);
  await put(env, [
    putJob(jobOf("new", { floorMs: T + 1000, state: "paused" })),
    putJob(jobOf("other", { floorMs: T + 1000 })),
  ]);
  await ticker.view.refresh();
  nowMs = T + 2000;
  await claimedUpTo(ticker.view, ["other"], T + 2000);
  await ticker.stop();
  assert.equal((await executions(env, "new")).length, 1);
  assert.deepEqual(await executions(env, "theirs"), []);
});

test("a claim that the kernel refuses holds up no other job", async () => {
  const env = await newEnv(["ahead", { floorMs: Date.now() + 3_600_000 }], ["good"]);
  let nowMs = T;
  const ticker = await start(env, { now: () => nowMs });
  nowMs = Date.now() + 3_610_000;
  await put(env, [putJob(jobOf("good", { floorMs: T, schedule: { kind: "once", atMs: T + 500 } }))]);
  await claimedUpTo(ticker.view, ["good"], T + 500);
  await ticker.stop();
  assert.deepEqual(await executions(env, "ahead"), []);
  assert.equal((await executions(env, "good")).length, 1);
});
