import { hostname } from "node:os";
import type { Logger } from "@oms/chassis/log.ts";
import type { Kernel } from "@oms/data-kernel/client.ts";
import { Attempts } from "@oms/jobs/attempts.ts";
import { addressRules } from "@oms/jobs/executors/address.ts";
import { builtInExecutors } from "@oms/jobs/executors/built-in.ts";
import { loadExecutors } from "@oms/jobs/executors/load.ts";
import type { Embed } from "@oms/jobs/executors/reembed.ts";
import { createRegistry, type Registry } from "@oms/jobs/executors/registry.ts";
import { readFaults } from "@oms/jobs/faults.ts";
import { GroupCommit } from "@oms/jobs/group-commit.ts";
import { schedulerMethods } from "@oms/jobs/methods.ts";
import type { Scheduler } from "@oms/jobs/port.ts";
import type { JobsView } from "@oms/jobs/view.ts";
import { perform } from "./perform.ts";
import { Runner } from "./runner.ts";

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

export type AdvancedScheduler = {
  readonly methods: Scheduler;
  /** Claims nothing more; what runs gets a few seconds to end, and is given back then. */
  readonly stop: () => Promise<void>;
};

const SIDE = "in-process";
const GRACE_MS = 3000;

/** Scheduling in this process: its methods answer at once, and unless told otherwise its timers run. */
export async function openAdvancedScheduler(opening: Opening): Promise<AdvancedScheduler> {
  const { kernel, env, view } = opening;
  const executors = createRegistry([
    ...builtInExecutors({ embed: opening.embed, callbacks: addressRules(opening.callbackAllow) }),
    ...(await loadExecutors(opening.executorModules)),
  ]);
  const answering = { kernel, env, side: SIDE, executors, now: Date.now } as const;
  const openedMs = Date.now();
  const fires = async () => ({ sinceMs: openedMs, fires: [] });
  if (!opening.timers) return { methods: schedulerMethods({ ...answering, fires }), stop: async () => {} };
  const worker = startWorker(opening, executors);
  return {
    methods: schedulerMethods({ ...answering, fires, edited: () => void view.refresh().catch(() => {}) }),
    stop: worker.stop,
  };
}

/** Carries on what waits, in this process. */
function startWorker({ kernel, env, view, log, ...settings }: Opening, executors: Registry) {
  const faults = readFaults(settings.faults);
  const commits = new GroupCommit({ kernel, env, windowMs: settings.windowMs, asserting: faults.claims });
  const worker = `${hostname()}:${process.pid}`;
  const attempts = new Attempts({
    commits,
    view,
    side: SIDE,
    worker,
    leaseMs: settings.leaseMs,
    now: Date.now,
  });
  const stopping = new AbortController();
  const parts = {
    kernel,
    env,
    commits,
    attempts,
    executors,
    faults,
    stopping: stopping.signal,
    now: Date.now,
  };
  const runner = new Runner({
    view,
    perform: (due) => perform(due, parts),
    concurrency: settings.concurrency,
    log,
    now: Date.now,
  });
  async function stop() {
    const grace = setTimeout(() => stopping.abort(), GRACE_MS);
    await runner.stop();
    clearTimeout(grace);
    await commits.close();
  }
  return { stop };
}
