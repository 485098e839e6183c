import { ways } from "../fixtures/misbehaving.ts";
import { JobCalls } from "../story/jobs/job-calls.ts";
import { JobStory, RUNS_JOBS } from "../story/jobs/job-story.ts";
import { Load } from "../story/load.ts";
import { Reborn } from "../story/reborn.ts";
import type { Story } from "../story/story.ts";

const RATE = 10;
const EXECUTORS = `${RUNS_JOBS.SCHEDULER_EXECUTORS},scripts/fixtures/misbehaving.ts`;

export const story: Story = {
  title: "Jobs throw, loop, leak, exit and kill their worker, and harm themselves alone",
  summary:
    "Every way in which a job can misbehave is taken, while OMS is called and other jobs run: no call fails, each bad job ends failed after its attempts, and the others do every tick once.",
  run: async (context) => {
    const { system, progress, check, until, figures, random, long } = context;
    progress("starting both data-kernels, the scheduler and OMS");
    const { oms, "scheduler-worker": worker } = await system.start(
      ["data-kernel", "data-kernel-2", "scheduler-api", "scheduler-worker", "oms"],
      { ...RUNS_JOBS, SCHEDULER_EXECUTORS: EXECUTORS, SCHEDULER_CONCURRENCY: "4" },
    );
    const calls = new JobCalls(oms.url);
    const good = new JobStory(context, calls);
    await context.setStage("scheduler", { livePercent: 100 });
    await good.register(
      Array.from({ length: 4 }, (_, n) => ({
        id: `good-${n}`,
        schedule: { kind: "interval", everyMs: 1000 } as const,
        overlap: "queue" as const,
        retry: { attempts: 20, backoffMs: 100, maxBackoffMs: 1000 },
      })),
    );
    await good.owned("extracted");
    await good.goesOn();

    // The one that kills its worker takes it down as often as it is tried.
    const reborn = new Reborn(worker);
    const load = new Load({
      calls: [
        { name: "read object types", weight: 2, make: () => read(`${oms.url}/object-types`) },
        { name: "read jobs", weight: 1, make: () => read(`${oms.url}/jobs`) },
      ],
      authors: ["story@oms"],
      rate: RATE,
      random,
    });
    for (let round = 0; round < (long ? 5 : 1); round += 1) {
      for (const way of ways) {
        progress(`a job is to ${way} (${load.total} calls so far, ${load.failures.length} failed)`);
        const id = `bad-${ways.indexOf(way)}-${round}`;
        await calls.register({
          id,
          type: "misbehave",
          payload: { way },
          schedule: { kind: "manual" },
          timeoutMs: 2000,
          retry: { attempts: 2, backoffMs: 100, maxBackoffMs: 100 },
        });
        await until(async () => (await calls.get(id)).job.owner === "extracted", `${id} is extracted`);
        const { execution } = await calls.runNow(id);
        const ended = until(async () => {
          const { status } = (await calls.execution(execution.id)).execution;
          return status !== "waiting" && status !== "running" && status;
        }, `${execution.id} ends`);
        const status = await load.during(ended);
        check(status === "failed", `a job that is to ${way} ends failed, not ${status}`);
        await load.during(good.goesOn());
      }
    }
    check(load.failures.length === 0, `no call fails: ${load.failures.slice(0, 3).join("; ")}`);
    check(reborn.deaths > 0, "a worker was killed by its job");
    await reborn.rest();

    progress("pausing the other jobs, and auditing when nothing runs any more");
    await good.pauseAll();
    await good.ended();
    const { executions } = await good.audit();
    figures["calls of OMS"] = load.total;
    figures["failed"] = load.failures.length;
    figures["workers killed by jobs"] = reborn.deaths;
    figures["executions of good jobs and bad"] = executions;
  },
};

async function read(url: string): Promise<void> {
  const answer = await fetch(url, { headers: { "oms-author": "story@oms" } });
  await answer.body?.cancel();
  if (answer.status !== 200) throw new Error(`${url} answers ${answer.status}`);
}
