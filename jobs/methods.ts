import type { Editor } from "./commit-asked.ts";
import { requireDependencies } from "./dependencies.ts";
import { type Edit, edit } from "./edit.ts";
import type { Registry } from "./executors/registry.ts";
import type { Job } from "./job.ts";
import type { FiresReply, FiresRequest, JobName, JobReply, JobSpec, JobUpdate, Scheduler } from "./port.ts";
import { getExecution, getJob, listExecutions, listJobs } from "./reads.ts";
import { register } from "./register.ts";
import { requireLiving } from "./require-living.ts";
import { runNow } from "./run-now.ts";
import { parseSpec, parseUpdate, updated } from "./validate.ts";

export type MethodsOptions = Editor & {
  readonly executors: Pick<Registry, "require">;
  readonly fires: (request: FiresRequest) => Promise<FiresReply>;
};

/**
 * The port over the kernel, the same on both sides: what is registered here is owned by `side`, edits are served
 * whoever owns the job. They read and commit as the call's context says, so that a shadow call stores nothing.
 */
export function schedulerMethods(options: MethodsOptions): Scheduler {
  const named = (change: NamedEdit) => (name: JobName) =>
    edit(options, { ...change, ...name, request: name });
  return {
    register: (request) => registerAsked(options, request),
    update: (request) => update(options, request),
    cancel: named({ name: "cancel", settles: true, change: to("cancelled") }),
    pause: named({ name: "pause", settles: true, change: to("paused") }),
    resume: named({ name: "resume", settles: true, change: to("active") }),
    runNow: (name) => runNow(options, name),
    get: (name) => getJob(options, name),
    list: (request) => listJobs(options, request),
    execution: (name) => getExecution(options, name),
    executions: (request) => listExecutions(options, request),
    fires: options.fires,
  };
}

type NamedEdit = Pick<Edit, "name" | "settles" | "change">;

function to(state: Job["state"]): Edit["change"] {
  return (job) => {
    if (job.state === state) return job;
    requireLiving(job);
    return { ...job, state };
  };
}

async function registerAsked(options: MethodsOptions, request: JobSpec): Promise<JobReply> {
  const spec = parseSpec(request, options.now());
  options.executors.require(spec.type, spec.payload ?? {});
  return register(options, spec);
}

async function update(options: MethodsOptions, request: JobUpdate): Promise<JobReply> {
  const asked = parseUpdate(request);
  return edit(options, {
    name: "update",
    id: asked.id,
    request: asked,
    revision: asked.revision,
    settles: asked.schedule !== undefined,
    change(job, nowMs) {
      requireLiving(job);
      const after = updated(job, asked, nowMs);
      options.executors.require(after.type, after.payload);
      return after;
    },
    requires: async (job) => (asked.dependsOn ? requireDependencies(options, job) : []),
  });
}
