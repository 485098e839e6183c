import { JobCalls } from "../story/jobs/job-calls.ts";
import { JobStory, RUNS_JOBS } from "../story/jobs/job-story.ts";
import type { Story } from "../story/story.ts";

const JOBS = 20;
const RUNS = { short: 15, long: 150 };
/** One worker alone has work for half a minute and more: the others are there before it is done. */
const WORK_MS = 200;
const MORE = ["scheduler-worker-2", "scheduler-worker-3", "scheduler-worker-4"] as const;

export const story: Story = {
  title: "Four workers drain a backlog, and do nothing twice",
  summary:
    "Runs pile up while there is no worker; one begins to drain them, then there are four: each run is done once, and all four have a part in it.",
  run: async (context) => {
    const { system, progress, check, until, figures, long } = context;
    progress("starting both data-kernels, the scheduler without a worker, and OMS");
    const env = { ...RUNS_JOBS, SCHEDULER_CONCURRENCY: "2" };
    const { oms } = await system.start(["data-kernel", "data-kernel-2", "scheduler-api", "oms"], env);
    const calls = new JobCalls(oms.url);
    const jobs = new JobStory(context, calls);
    await context.setStage("scheduler", { livePercent: 100 });
    const manual = { schedule: { kind: "manual" }, overlap: "allow" } as const;
    await jobs.register(
      Array.from({ length: JOBS }, (_, n) => ({ id: `job-${n}`, ...manual, priority: n % 10 })),
      WORK_MS,
    );
    await jobs.owned("extracted");

    const runs = RUNS[long ? "long" : "short"];
    progress(`asking for ${JOBS * runs} runs`);
    for (let run = 0; run < runs; run += 1) await Promise.all(jobs.ids.map((id) => calls.runNow(id)));

    progress("starting one worker");
    await system.start(["scheduler-worker"], env);
    await until(() => jobs.lines().length > 0, "the worker begins");
    progress("starting three more");
    await system.start(MORE, env);
    await jobs.ended();

    progress("auditing");
    const { executions, ends, workers } = await jobs.audit();
    check(executions === JOBS * runs, `each of ${JOBS * runs} runs has an execution: ${executions}`);
    check(ends["done"] === executions, `each is done: ${JSON.stringify(ends)}`);
    check(workers === 1 + MORE.length, `every worker has a part: ${workers} have`);
    figures["runs"] = executions;
    figures["done twice"] = jobs.lines().length - executions;
    figures["workers"] = workers;
  },
};
