import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { type Oms, startOms } from "../../testing/oms.ts";
import { builtInJobs, registerBuiltIn } from "./built-in.ts";
import { scheduler } from "./index.ts";

let oms: Oms;
before(async () => {
  oms = await startOms();
});
after(() => oms.stop());

const gc = async () => scheduler.get({ id: "oms-branch-gc" });

it("branches are counted and none deleted, unless somebody says after how many days", () => {
  const payloads = [{}, { branchGcDays: 7 }].map((settings) => builtInJobs(settings)[0]?.payload);
  assert.deepEqual(payloads, [
    { olderThanDays: 90, dryRun: true },
    { olderThanDays: 7, dryRun: false },
  ]);
});

it("OMS's own jobs are registered once, however often it starts", async () => {
  await Promise.all([1, 2].map(() => registerBuiltIn(scheduler, builtInJobs({}))));
  const { revision } = await gc();
  await registerBuiltIn(scheduler, builtInJobs({}));
  assert.equal((await gc()).revision, revision);
});

it("another setting changes the payload, and nothing that somebody has changed", async () => {
  await scheduler.update({ id: "oms-branch-gc", schedule: { kind: "manual" } });
  await scheduler.pause({ id: "oms-branch-gc" });
  await registerBuiltIn(scheduler, builtInJobs({ branchGcDays: 30 }));
  const { job } = await gc();
  assert.deepEqual(
    [job.payload, job.schedule.kind, job.state],
    [{ olderThanDays: 30, dryRun: false }, "manual", "paused"],
  );
});

it("a job of its own that somebody cancelled stays so", async () => {
  await scheduler.cancel({ id: "oms-branch-gc" });
  await registerBuiltIn(scheduler, builtInJobs({ branchGcDays: 5 }));
  assert.equal((await gc()).job.state, "cancelled");
});
