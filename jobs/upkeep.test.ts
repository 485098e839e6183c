import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestKernel, type TestKernel } from "@oms/data-kernel/kernel.fixture.ts";
import { executionOf, jobOf, quiet } from "./documents.fixture.ts";
import { GroupCommit } from "./group-commit.ts";
import { schedulerBranch } from "./job.ts";
import { startUpkeep } from "./upkeep.ts";
import { JobsView } from "./view.ts";
import { putExecution, putJob } from "./writes.ts";

const T = 1_700_000_000_000;

let testKernel: TestKernel;
before(async () => {
  testKernel = await startTestKernel();
});
after(() => testKernel.stop());

test("attempts that were lost are ended however long cleaning up takes", async () => {
  const { kernel } = testKernel;
  const env = "dev";
  const branch = schedulerBranch(env);
  await kernel.createBranch({ name: branch });
  const ended = Array.from({ length: 60 }, (_, n) => executionOf("a", T + n, { status: "done", endedMs: T }));
  const running = executionOf("a", T + 1000, {
    status: "running",
    leaseMs: 50,
    attempts: [{ n: 1, side: "in-process", worker: "gone", startedMs: T }],
  });
  await kernel.commit({ branch, message: "test", writes: [putJob(jobOf("a", { keep: 0 }))] });
  await kernel.commit({ branch, message: "test", writes: [...ended, running].map(putExecution) });
  const view = await JobsView.open({ kernel, env, log: quiet });
  const commits = new GroupCommit({ kernel, env, windowMs: 1 });
  const [read, lost] = [Promise.withResolvers<never>(), Promise.withResolvers<void>()];
  const stop = startUpkeep({
    view,
    commits,
    env,
    side: "in-process",
    // What cleaning up waits for does not come before the attempt is ended.
    kernel: { query: () => read.promise },
    now: Date.now,
    monotonic: () => performance.now(),
    did: (count) => count > 0 && lost.resolve(),
    log: quiet,
    everyMs: 10,
  });
  await lost.promise;
  read.reject(new Error("the kernel is away"));
  await stop();
  await view.refresh();
  assert.equal(view.get("a")?.live.size, 0);
  view.close();
  await commits.close();
});
