import { JobCalls } from "../story/jobs/job-calls.ts";
import { JobStory, RUNS_JOBS } from "../story/jobs/job-story.ts";
import type { Handle, Story } from "../story/story.ts";

const WORK_MS = 300;
const ROUNDS = { short: 1, long: 5 };

export const story: Story = {
  title: "Workers and the api are killed and stopped in the middle of jobs, and every tick is done",
  summary:
    "Jobs run in two workers that get kill -9 and SIGSTOP while they work, as does the api: what was lost is tried again once its lease has run out, what must not be repeated is not, and every tick has one execution that ends.",
  run: async (context) => {
    const { system, progress, check, figures, long } = context;
    progress("starting both data-kernels, the scheduler with two workers, and OMS");
    const handles = await system.start(
      ["data-kernel", "data-kernel-2", "scheduler-api", "scheduler-worker", "scheduler-worker-2", "oms"],
      RUNS_JOBS,
    );
    const { "scheduler-api": api, oms } = handles;
    const workers = [handles["scheduler-worker"], handles["scheduler-worker-2"]];
    const calls = new JobCalls(oms.url);
    const jobs = new JobStory(context, calls);
    await context.setStage("scheduler", { livePercent: 100 });
    await jobs.register(JOBS, WORK_MS);
    await jobs.owned("extracted");
    await jobs.goesOn();

    const killed = async (handle: Handle): Promise<void> => {
      progress(`${handle.name}: kill -9 while a job works`);
      await jobs.begins();
      handle.kill("SIGKILL");
      await handle.exited();
      await jobs.goesOn();
      await handle.restart();
    };
    for (let round = 0; round < ROUNDS[long ? "long" : "short"]; round += 1) {
      for (const worker of workers) await killed(worker);
      progress("scheduler-api: kill -9 while a job works");
      await jobs.begins();
      api.kill("SIGKILL");
      await api.exited();
      await api.restart();
      await jobs.goesOn();
      for (const worker of workers) {
        progress(`${worker.name}: SIGSTOP for longer than a lease`);
        await jobs.begins();
        worker.kill("SIGSTOP");
        await jobs.goesOn();
        worker.kill("SIGCONT");
      }
    }

    progress("pausing all jobs, and auditing when nothing runs any more");
    await jobs.pauseAll();
    await jobs.ended();
    const { executions, ends, lost, workers: seen } = await jobs.audit();
    check(lost > 0, "attempts were lost, and tried again");
    check(seen >= 2 * workers.length, `${seen} workers had attempts, each before and after it was killed`);
    figures["executions"] = executions;
    figures["attempts lost"] = lost;
    figures["unknown, of jobs that are not repeated"] = ends["unknown"] ?? 0;
    figures["neither missed nor doubled"] = executions;
  },
};

const JOBS = Array.from({ length: 12 }, (_, n) => ({
  id: `job-${n}`,
  schedule: { kind: "cron", expression: `*/${1 + (n % 3)} * * * * *` } as const,
  overlap: (["allow", "queue", "skip"] as const)[n % 3] ?? "allow",
  effect: n % 6 === 0 ? ("once" as const) : ("idempotent" as const),
  retry: { attempts: 10, backoffMs: 100, maxBackoffMs: 1000 },
}));
