import type { Logger } from "@oms/chassis/log.ts";
import type { Kernel } from "@oms/data-kernel/client.ts";
import type { Embed } from "@oms/jobs/executors/reembed.ts";
import type { JobsView } from "@oms/jobs/view.ts";

/** How the module keeps the time and does the work of the jobs that OMS owns. */
export type RunnerSettings = {
  /** False: it answers, and nothing fires. */
  readonly timers: boolean;
  /** How long an attempt may be silent before it counts as lost, in milliseconds. */
  readonly leaseMs: number;
  /** Attempts under way at the same time. */
  readonly concurrency: number;
  /** How long commits of claims and attempts wait for one another, in milliseconds. */
  readonly windowMs: number;
  /** Modules that bring more executors, with commas between. */
  readonly executorModules?: string | undefined;
  /** Addresses and networks within that callbacks may go to, with commas between. */
  readonly callbackAllow?: string | undefined;
  /** SCHEDULER_FAULTS, for stories. */
  readonly faults?: string | undefined;
};

export type Opening = RunnerSettings & {
  readonly kernel: Kernel;
  /** First part of every kernel branch. */
  readonly env: string;
  readonly view: JobsView;
  readonly embed: Embed;
  readonly log: Logger;
};
