import { JobCalls } from "../story/jobs/job-calls.ts";
import { JobStory, RUNS_JOBS } from "../story/jobs/job-story.ts";
import { Sentinels } from "../story/sentinels.ts";
import type { Story } from "../story/story.ts";

/**
 * Four ticks a second or so: a machine that has much else to do gets that many done. Where ticks came faster than they
 * are done, a job that queues them would never again do one in its time, with or without a failover.
 */
const JOBS = 12;
const EVERY_MS = { first: 2000, more: 200 };
const ROUNDS = { short: 1, long: 5 };

export const story: Story = {
  title: "Redis fails over by Sentinel, killed and stalled, and no tick is missed or done twice",
  summary:
    "The scheduler's Redis, watched by three sentinels, is killed and then stopped without an end: a replica takes over, every job goes on, and what the queue forgot or said twice is found by no auditor.",
  run: async (context) => {
    const { system, progress, figures, long } = context;
    progress(
      "starting a Redis with two replicas and three sentinels, both data-kernels, the scheduler and OMS",
    );
    const sentinels = await Sentinels.start(context);
    const { oms } = await system.start(["data-kernel", "data-kernel-2", "oms"], RUNS_JOBS);
    await system.start(["scheduler-api", "scheduler-worker"], { ...RUNS_JOBS, ...sentinels.env });
    const jobs = new JobStory(context, new JobCalls(oms.url));
    await context.setStage("scheduler", { livePercent: 100 });
    await jobs.register(
      Array.from({ length: JOBS }, (_, n) => ({
        id: `job-${n}`,
        schedule: { kind: "interval", everyMs: EVERY_MS.first + EVERY_MS.more * n } as const,
        overlap: (["allow", "queue"] as const)[n % 2] ?? "allow",
        retry: { attempts: 10, backoffMs: 100, maxBackoffMs: 1000 },
      })),
      20,
    );
    await jobs.owned("extracted");
    await jobs.goesOn();

    let failovers = 0;
    for (let round = 0; round < ROUNDS[long ? "long" : "short"]; round += 1) {
      for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
        const master = await sentinels.master();
        progress(`${master.name}, the master: ${signal}`);
        master.kill(signal);
        await sentinels.failedOver(master);
        failovers += 1;
        await jobs.goesOn();
        if (signal === "SIGSTOP") master.kill("SIGCONT");
        else await master.restart();
        await jobs.goesOn();
      }
    }

    progress("pausing all jobs, and auditing when nothing runs any more");
    await jobs.pauseAll();
    await jobs.ended();
    const { executions, lost } = await jobs.audit();
    figures["failovers"] = failovers;
    figures["executions, none missed or doubled"] = executions;
    figures["attempts lost"] = lost;
  },
};
