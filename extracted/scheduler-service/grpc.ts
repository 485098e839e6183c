import type { HistoryReply, JobName, JobReply, Scheduler } from "@oms/jobs/port.ts";
import type { SchedulerServiceImplementation } from "@oms/protos/oms/scheduler/v1/scheduler.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { executionReplyToWire, executionToWire, jobToWire, stateToWire } from "./wire/replies.ts";
import { specFromWire } from "./wire/spec.ts";

/** The operations as oms.scheduler.v1 spells them. */
export function grpcScheduler(scheduler: Scheduler, dead: DeadLetters): SchedulerServiceImplementation {
  const named = (edit: (name: JobName) => Promise<JobReply>) => async (request: JobName) =>
    jobToWire(await edit({ id: request.id }));
  return {
    registerJob: async ({ spec }) => jobToWire(await scheduler.register(specFromWire(spec))),
    updateJob: async ({ spec, revision }) =>
      jobToWire(
        await scheduler.update({ ...specFromWire(spec), ...(revision !== undefined && { revision }) }),
      ),
    cancelJob: named(scheduler.cancel),
    pauseJob: named(scheduler.pause),
    resumeJob: named(scheduler.resume),
    runJob: async ({ id }) => executionReplyToWire(await scheduler.runNow({ id })),
    getJob: async ({ id }) => ({ state: stateToWire(await scheduler.get({ id })) }),
    async listJobs({ tag, type, ...page }) {
      const asked = { ...(tag !== undefined && { tag }), ...(type !== undefined && { type }) };
      const { jobs, nextPageToken = "" } = await scheduler.list({ ...asked, ...pageOf(page) });
      return { jobs: jobs.map(stateToWire), nextPageToken };
    },
    getExecution: async ({ id }) => {
      const { execution } = await scheduler.execution({ id });
      return { execution: executionToWire(execution) };
    },
    listExecutions: async ({ job, ...page }) =>
      historyToWire(await scheduler.executions({ job, ...pageOf(page) })),
    async listFires(request) {
      const { sinceMs, fires } = await scheduler.fires(request);
      return { sinceMs, fires: fires.map((fire) => ({ ...fire })) };
    },
    listDeadLetters: async ({ job, ...page }) =>
      historyToWire(await dead.list({ ...(job !== undefined && { job }), ...pageOf(page) })),
    replayDeadLetter: async ({ id }) => {
      const { execution } = await dead.replay({ id });
      return { execution: executionToWire(execution) };
    },
  };
}

function historyToWire({ executions, nextPageToken = "" }: HistoryReply) {
  return { executions: executions.map(executionToWire), nextPageToken };
}

/** 0 and "" are what the wire has for absent. */
function pageOf({ pageSize, pageToken }: { readonly pageSize: number; readonly pageToken: string }) {
  return { ...(pageSize !== 0 && { pageSize }), ...(pageToken !== "" && { pageToken }) };
}
