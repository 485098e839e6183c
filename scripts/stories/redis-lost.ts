import { setTimeout as wait } from "node:timers/promises";
import { Redis } from "ioredis";
import { JobCalls } from "../story/jobs/job-calls.ts";
import { JobStory, RUNS_JOBS } from "../story/jobs/job-story.ts";
import type { Story } from "../story/story.ts";

const JOBS = 20;
const AWAY_MS = { short: 4000, long: 30_000 };

export const story: Story = {
  title: "Redis is emptied, killed and stalled, and the kernels go away: every schedule is back",
  summary:
    "Under second-level jobs Redis gets FLUSHALL, kill -9 and SIGSTOP, and both kernels are away for a while: each time every job goes on, and in the end no tick is missed or done twice.",
  own: ["redis"],
  run: async (context) => {
    const { system, progress, figures, signal, long } = context;
    const awayMs = AWAY_MS[long ? "long" : "short"];
    progress("starting Redis, both data-kernels, the scheduler and OMS");
    const handles = await system.start(
      ["redis", "data-kernel", "data-kernel-2", "scheduler-api", "scheduler-worker", "oms"],
      RUNS_JOBS,
    );
    const { redis, oms } = handles;
    const jobs = new JobStory(context, new JobCalls(oms.url));
    await context.setStage("scheduler", { livePercent: 100 });
    await jobs.register(
      Array.from({ length: JOBS }, (_, n) => ({
        id: `job-${n}`,
        schedule: { kind: "interval", everyMs: 1000 + 100 * n } as const,
        overlap: "queue" as const,
        retry: { attempts: 10, backoffMs: 100, maxBackoffMs: 1000 },
      })),
      20,
    );
    await jobs.owned("extracted");
    await jobs.goesOn();

    progress("FLUSHALL");
    const client = new Redis(system.addresses.redis);
    await client.flushall();
    client.disconnect();
    await jobs.goesOn();

    progress(`Redis: kill -9, and empty ${awayMs / 1000} s later`);
    redis.kill("SIGKILL");
    await redis.exited();
    await wait(awayMs, undefined, { signal });
    await redis.restart();
    await jobs.goesOn();

    progress(`Redis: SIGSTOP for ${awayMs / 1000} s`);
    redis.kill("SIGSTOP");
    await wait(awayMs, undefined, { signal });
    redis.kill("SIGCONT");
    await jobs.goesOn();

    progress(`both kernels: kill -9, and back ${awayMs / 1000} s later`);
    const kernels = [handles["data-kernel"], handles["data-kernel-2"]];
    for (const kernel of kernels) kernel.kill("SIGKILL");
    await Promise.all(kernels.map((kernel) => kernel.exited()));
    await wait(awayMs, undefined, { signal });
    await Promise.all(kernels.map((kernel) => kernel.restart()));
    await jobs.goesOn();

    progress("pausing all jobs, and auditing when nothing runs any more");
    await jobs.pauseAll();
    await jobs.ended();
    const { executions, lost } = await jobs.audit();
    figures["jobs"] = JOBS;
    figures["executions, none missed or doubled"] = executions;
    figures["attempts lost"] = lost;
  },
};
