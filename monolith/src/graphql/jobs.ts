import type { HistoryReply, JobReply, JobSpec, JobUpdate, Scheduler } from "@oms/jobs/port.ts";
import { z } from "zod";
import { type Arguments, paging, read, withoutNulls } from "./arguments.ts";
import type { Act } from "./mutations.ts";

type ShownJob = ReturnType<typeof shownJob>;
type Question = (parent: unknown, given: Arguments) => Promise<unknown>;

const named = z.object({ id: z.string() });
const listed = z.object({
  tag: z.string().exactOptional(),
  type: z.string().exactOptional(),
  ...paging,
});
const page = z.object(paging);
const ofJob = z.object({ job: z.string(), ...paging });

/** What Query says of jobs: REST's reads, through the same door. */
export function jobQueries(scheduler: Scheduler): Record<string, Question> {
  return {
    job: async (_, given) => shownJob(await scheduler.get(read(named, given))),
    async jobs(_, given) {
      const { jobs, nextPageToken } = await scheduler.list(read(listed, given));
      return { nodes: jobs.map(shownJob), nextPageToken };
    },
    execution: async (_, given) => (await scheduler.execution(read(named, given))).execution,
    executions: async (_, given) => shownPage(await scheduler.executions(read(ofJob, given))),
  };
}

/** What Mutation does with jobs. What a job has to be the scheduler says, of each field. */
export function jobMutations(scheduler: Scheduler): Record<string, Act> {
  const edit = (method: Scheduler["cancel"]) => async (given: Arguments) =>
    shownJob(await method(read(named, given)));
  return {
    registerJob: async ({ job }) => shownJob(await scheduler.register(specOf(job) as JobSpec)),
    async updateJob({ job, revision }) {
      const expected = typeof revision === "string" ? { revision } : {};
      return shownJob(await scheduler.update({ ...(specOf(job) as JobUpdate), ...expected }));
    },
    cancelJob: edit(scheduler.cancel),
    pauseJob: edit(scheduler.pause),
    resumeJob: edit(scheduler.resume),
    runJob: async (given) => (await scheduler.runNow(read(named, given))).execution,
  };
}

/** The fields that lead from a job to what became of it. */
export function jobFields(scheduler: Scheduler) {
  return {
    Job: {
      executions: async ({ id: job }: ShownJob, given: Arguments) =>
        shownPage(await scheduler.executions({ job, ...read(page, given) })),
    },
  };
}

function shownJob({ job, revision, next }: JobReply) {
  return { ...job, revision, next };
}

function shownPage({ executions: nodes, nextPageToken }: HistoryReply) {
  return { nodes, nextPageToken };
}

/** Null is what GraphQL has for absent; inside a payload it is a value. */
function specOf(job: unknown): object {
  const { schedule, retry, ...rest } = job as Readonly<Record<string, unknown>>;
  const inner = Object.entries({ schedule, retry }).filter(([, value]) => value !== undefined);
  const fields = inner.map(([name, value]) => [name, withoutNulls(value)]);
  return withoutNulls({ ...rest, ...Object.fromEntries(fields) }) as object;
}
