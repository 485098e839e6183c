import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import type { Kernel } from "@oms/data-kernel/client.ts";
import { startTestKernel, type TestKernel } from "@oms/data-kernel/kernel.fixture.ts";
import { JobsHandover } from "./handover.ts";
import { type Job, jobDocument, type Owner, schedulerBranch } from "./job.ts";
import { jobFrom } from "./validate.ts";
import { putJob } from "./writes.ts";

let test: TestKernel;
let handover: JobsHandover;
const branch = schedulerBranch("test");

before(async () => {
  test = await startTestKernel();
  handover = new JobsHandover({ kernel: test.kernel, env: "test" });
});
after(async () => {
  await handover.close();
  await test.stop();
});

const job = (id: string, owner: Owner, more: Partial<Job> = {}): Job => ({
  ...jobFrom({ id, type: "t", schedule: { kind: "manual" } }, { owner, nowMs: 1000 }),
  ...more,
});
const store = (kernel: Kernel, ...jobs: Job[]) =>
  kernel.commit({ branch, message: "jobs", writes: jobs.map(putJob) });
const stored = async (id: string) =>
  (await test.kernel.get<Job>(branch, jobDocument(id)))?.body ?? assert.fail();

async function owners(): Promise<Record<string, Owner>> {
  const all: Record<string, Owner> = {};
  for await (const { id, side } of handover.items()) all[id] = side;
  return all;
}

it("there is nothing to hand over before there is a branch", async () => {
  assert.deepEqual(await owners(), {});
  await test.kernel.createBranch({ name: branch });
  assert.deepEqual(await owners(), {});
});

it("a job gets another owner and stays as it is, its floor with it", async () => {
  const before = job("a", "in-process", { state: "paused", floorMs: 77 });
  await store(test.kernel, before);
  await handover.move("a", "extracted");
  assert.deepEqual(await stored("a"), { ...before, owner: "extracted" });
  assert.deepEqual(await owners(), { a: "extracted" });
});

it("a job that is there already, cancelled or unknown is left alone", async () => {
  await store(test.kernel, job("gone", "in-process", { state: "cancelled" }));
  const { commits } = await test.kernel.log({ branch });
  for (const id of ["a", "gone", "nowhere"]) await handover.move(id, "extracted");
  assert.equal((await test.kernel.log({ branch })).commits.length, commits.length);
  assert.deepEqual(await owners(), { a: "extracted" });
});

it("many jobs are moved in few commits, and edits of that moment are not lost", async () => {
  const ids = Array.from({ length: 300 }, (_, n) => `many-${n}`);
  await store(test.kernel, ...ids.map((id) => job(id, "in-process")));
  const before = (await test.kernel.log({ branch, pageSize: 1000 })).commits.length;
  const edits = ids.slice(0, 50).map((id) => store(test.kernel, job(id, "in-process", { priority: 9 })));
  await Promise.all([...ids.map((id) => handover.move(id, "extracted")), ...edits]);
  // An edit may have come after its move, and is the owner's then.
  await Promise.all(ids.map((id) => handover.move(id, "extracted")));
  for (const id of ids.slice(0, 50)) assert.equal((await stored(id)).priority, 9);
  assert.ok(Object.values(await owners()).every((side) => side === "extracted"));
  const moves = (await test.kernel.log({ branch, pageSize: 1000 })).commits.length - before - edits.length;
  assert.ok(moves < 200, `${moves} commits`);
});
