import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { JobSpec } from "@oms/jobs/port.ts";
import { auditJobs } from "../story/jobs/audit.ts";
import { JobCalls } from "../story/jobs/job-calls.ts";
import { JobStory, RUNS_JOBS } from "../story/jobs/job-story.ts";
import { Unrest } from "../story/jobs/unrest.ts";
import { Reborn } from "../story/reborn.ts";
import type { Story } from "../story/story.ts";

const SIZE = { short: { jobs: 40, seconds: 20 }, long: { jobs: 200, seconds: 60 } };
const FAULTS = "after-claim=0.002,after-effect=0.002,before-result=0.002";
/** OMS's second instance sees the flag so much later than the first. */
const LATER = { UNLEASH_REFRESH_MS: "2000" };
const AWAY_MS = 4000;

export const story: Story = {
  title: "Jobs change hands all the time while everything is killed, and each tick has one execution",
  summary:
    "Second-level jobs on two instances of OMS and two workers, a flag that flips every few seconds, kill -9 at random and at named points: an auditor finds no tick without an execution, no line twice, no attempt before its time and every kernel effect once; without claims it finds doubles and misses.",
  run: async (context) => {
    const { system, progress, check, until, figures, signal, long } = context;
    const size = SIZE[long ? "long" : "short"];
    progress("starting both data-kernels, the scheduler with two workers, and two instances of OMS");
    const env = { ...RUNS_JOBS, SCHEDULER_FAULTS: FAULTS };
    const kernels = await system.start(["data-kernel", "data-kernel-2"]);
    const others = await system.start(
      ["scheduler-api", "scheduler-worker", "scheduler-worker-2", "oms"],
      env,
    );
    const { "oms-2": two } = await system.start(["oms-2"], { ...env, ...LATER });
    const oms = [others.oms, two];
    const victims = [...Object.values(others), two];
    const calls = new JobCalls(...oms.map(({ url }) => url));
    const jobs = new JobStory(context, calls);
    const reborn = victims.map((handle) => new Reborn(handle));
    await jobs.register(jobsOf(size.jobs));

    progress(`flipping, killing and editing for ${size.seconds} s`);
    const unrest = new Unrest(context);
    await unrest.last(size.seconds, { victims: reborn, calls, jobs: jobs.ids });
    await Promise.all(reborn.map((each) => each.rest()));
    const deaths = reborn.reduce((sum, each) => sum + each.deaths, 0);

    progress(
      `quiet, after ${unrest.flips} flips and ${deaths} deaths: every job is to become the service's, and to go on`,
    );
    await Promise.all(victims.map((handle) => handle.restart({ SCHEDULER_FAULTS: "" })));
    await context.setStage("scheduler", { livePercent: 100 });
    await jobs.owned("extracted");
    await jobs.goesOn();
    progress("pausing all jobs, and auditing when nothing runs any more");
    await jobs.pauseAll();
    await jobs.ended();
    const { executions, ends, lost, claimed } = await jobs.audit();
    for (const side of ["in-process", "extracted"])
      check((claimed[side] ?? 0) > 0, `both sides claim ticks: ${JSON.stringify(claimed)}`);
    figures["flips"] = unrest.flips;
    figures["deaths"] = deaths;
    figures["edits"] = unrest.edits;
    figures["executions, none missed or doubled"] = executions;
    figures["attempts lost"] = lost;
    figures["unknown"] = ends["unknown"] ?? 0;

    progress("the same without claims: two instances of OMS, killed once");
    const bare = `${jobs.traces.env}-bare`;
    const policy = join(system.directory, "policy.json");
    writeFileSync(policy, JSON.stringify({ hooks: ["schema", "references", "policy"] }));
    await context.setStage("scheduler", "in-process");
    const without = { OMS_ENV: bare, KERNEL_POLICY: policy, SCHEDULER_FAULTS: "claims=off" };
    await Promise.all([...oms, ...Object.values(kernels)].map((handle) => handle.stop()));
    // OMS does not start without a kernel.
    for (const some of [Object.values(kernels), oms])
      await Promise.all(some.map((handle) => handle.restart(without)));
    const careless = new JobStory(context, calls, bare);
    await careless.register(jobsOf(10));
    await careless.goesOn();
    for (const handle of oms) handle.kill("SIGKILL");
    await Promise.all(oms.map((handle) => handle.exited()));
    await wait(AWAY_MS, undefined, { signal });
    await Promise.all(oms.map((handle) => handle.restart()));
    await careless.goesOn();
    const found = await until(async () => {
      const rules = auditJobs(await careless.books()).map(({ rule }) => rule);
      const of = (wanted: string) => rules.filter((rule) => rule === wanted).length;
      return of("doubled") > 0 && of("missed") > 0 && { doubled: of("doubled"), missed: of("missed") };
    }, "without claims the auditor finds doubles and misses");
    figures["without claims: doubled"] = found.doubled;
    figures["missed"] = found.missed;
  },
};

/** Cron and intervals of every second to every fifth, of each overlap policy, some of which must not be repeated. */
function jobsOf(count: number): Omit<JobSpec, "type" | "payload">[] {
  return Array.from({ length: count }, (_, n) => {
    const every = 1 + (n % 5);
    return {
      id: `job-${n}`,
      schedule:
        n % 2 === 0
          ? { kind: "cron", expression: `*/${every} * * * * *` }
          : { kind: "interval", everyMs: every * 1000 },
      overlap: (["allow", "queue", "skip"] as const)[n % 3] ?? "allow",
      misfire: (["skip", "fire-once", "fire-all"] as const)[n % 3] ?? "skip",
      effect: n % 7 === 0 ? "once" : "idempotent",
      retry: { attempts: 10, backoffMs: 100, maxBackoffMs: 1000 },
      keep: 10_000,
    };
  });
}
