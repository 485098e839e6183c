import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Write } from "@oms/data-kernel/client.ts";
import { startTestKernel, type TestKernel } from "@oms/data-kernel/kernel.fixture.ts";
import { executionOf, jobOf, quiet } from "./documents.fixture.ts";
import { FireRecord } from "./fires.ts";
import { type Job, type Owner, schedulerBranch } from "./job.ts";
import { JobsView } from "./view.ts";
import { putExecution, putJob } from "./writes.ts";

const T = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000;

let testKernel: TestKernel;
before(async () => {
  testKernel = await startTestKernel();
});
after(() => testKernel.stop());

let envs = 0;

/** A record on each side, over one branch and one clock. */
async function bothSides(...jobs: Job[]) {
  const env = `env${++envs}`;
  const { kernel } = testKernel;
  const clock = { ms: T };
  const put = async (...writes: Write[]) => {
    await kernel.commit({ branch: schedulerBranch(env), message: "test", writes });
  };
  await kernel.createBranch({ name: schedulerBranch(env) });
  await put(...jobs.map(putJob));
  const opened: (() => Promise<void>)[] = [];
  const open = async (side: Owner) => {
    const view = await JobsView.open({ kernel, env, log: quiet, pollMs: 10 });
    const record = new FireRecord({ view, side, now: () => clock.ms, log: quiet });
    opened.push(async () => {
      await record.stop();
      view.close();
    });
    return record;
  };
  const records = [await open("in-process"), await open("extracted")] as const;
  return {
    put,
    clock,
    records,
    /** What both say of [T, toMs), once the timers of each have come that far. */
    async read(toMs: number) {
      const seen = async (record: FireRecord) => {
        const { fires } = await record.read({ fromMs: T, toMs });
        return fires.map(({ job, atMs, decision }) => `${job} ${(atMs - T) / 1000} ${decision}`);
      };
      return Promise.all(records.map(seen));
    },
    async stop() {
      for (const close of opened) await close();
    },
  };
}

/** Until both sides say this of the time before `toMs`: timers run by themselves. */
async function both(sides: Awaited<ReturnType<typeof bothSides>>, toMs: number, expected: readonly string[]) {
  for (;;) {
    const said = await sides.read(toMs);
    if (said.every(({ length }) => length >= expected.length)) {
      for (const each of said) assert.deepEqual(each, expected);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("the side that owns a job records its claims, the other one what it would have claimed", async () => {
  const sides = await bothSides(jobOf("a", { floorMs: T }), jobOf("b", { floorMs: T, owner: "extracted" }));
  sides.clock.ms = T + 2000;
  await sides.put(putExecution(executionOf("a", T + 1000)), putExecution(executionOf("a", T + 2000)));
  await sides.put(putExecution({ ...executionOf("a", T + 5), tick: "run-1", plannedMs: T + 5 }));
  await sides.put(putExecution(executionOf("b", T + 1000)), putExecution(executionOf("b", T + 2000)));
  await both(sides, T + 3000, ["a 1 fire", "a 2 fire", "b 1 fire", "b 2 fire"]);
  const [{ sinceMs }] = [await sides.records[0].read({ fromMs: T, toMs: T + 1 })];
  assert.equal(sinceMs, T);
  await sides.stop();
});

test("a tick that nobody claims is on one side alone", async () => {
  const sides = await bothSides(jobOf("a", { floorMs: T }));
  sides.clock.ms = T + 1000;
  const would = async () => (await sides.read(T + 2000))[1]?.length === 1;
  while (!(await would())) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(await sides.read(T + 2000), [[], ["a 1 fire"]]);
  await sides.stop();
});

test("an edit, a cancellation and a handover leave both sides with the same", async () => {
  const sides = await bothSides(...["edited", "cancelled", "moved"].map((id) => jobOf(id, { floorMs: T })));
  // All at one moment: no timer comes between.
  const every = { kind: "interval", everyMs: 2000, anchorMs: T } as const;
  await sides.put(
    putExecution(executionOf("edited", T + 1000)),
    putJob(jobOf("edited", { floorMs: T + 1500, schedule: every })),
    putExecution(
      executionOf("cancelled", T + 1000, { status: "skipped", reason: "cancelled", endedMs: T + 1500 }),
    ),
    putJob(jobOf("cancelled", { floorMs: T + 1500, state: "cancelled" })),
    putExecution(executionOf("moved", T + 1000)),
  );
  await sides.put(putJob(jobOf("moved", { floorMs: T, owner: "extracted" })));
  sides.clock.ms = T + 4000;
  await sides.put(
    ...[2000, 4000].map((ms) => putExecution(executionOf("edited", T + ms))),
    ...[2000, 3000, 4000].map((ms) => putExecution(executionOf("moved", T + ms))),
  );
  await both(sides, T + 5000, [
    "cancelled 1 fire",
    "edited 1 fire",
    "edited 2 fire",
    "edited 4 fire",
    "moved 1 fire",
    "moved 2 fire",
    "moved 3 fire",
    "moved 4 fire",
  ]);
  await sides.stop();
});

test("after a rewrite of the branch it promises nothing of what was before", async () => {
  const sides = await bothSides(jobOf("a", { floorMs: T }));
  sides.clock.ms = T + 1500;
  await testKernel.kernel.resetBranch({ name: `env${envs}/scheduler/main`, to: "beginning" });
  const { sinceMs, fires } = await sides.records[0].read({ fromMs: 0, toMs: T + 5000 });
  assert.deepEqual([sinceMs, fires], [T + 1500, []]);
  await sides.stop();
});
