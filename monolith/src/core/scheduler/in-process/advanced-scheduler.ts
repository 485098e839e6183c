import { addressRules } from "@oms/chassis/http/address.ts";
import { builtInExecutors } from "@oms/jobs/executors/built-in.ts";
import { loadExecutors } from "@oms/jobs/executors/load.ts";
import { createRegistry } from "@oms/jobs/executors/registry.ts";
import { FireRecord } from "@oms/jobs/fires.ts";
import { schedulerMethods } from "@oms/jobs/methods.ts";
import type { Scheduler } from "@oms/jobs/port.ts";
import type { Opening } from "./opening.ts";
import { startWork } from "./work.ts";

export type AdvancedScheduler = {
  readonly methods: Scheduler;
  /** Claims nothing more; what runs gets a few seconds to end, and is given back then. */
  readonly stop: () => Promise<void>;
};

/** Scheduling in this process: its methods answer at once, and unless told otherwise its timers run. */
export async function openAdvancedScheduler(opening: Opening): Promise<AdvancedScheduler> {
  const { kernel, env, view, log } = opening;
  const executors = createRegistry([
    ...builtInExecutors({
      embed: opening.embed,
      callbacks: addressRules(opening.callbackAllow, "SCHEDULER_CALLBACK_ALLOW"),
    }),
    ...(await loadExecutors(opening.executorModules)),
  ]);
  const record = new FireRecord({ view, side: "in-process", now: Date.now, log });
  const work = opening.timers ? startWork(opening, executors) : undefined;
  async function look(job: string): Promise<void> {
    await view.refresh();
    work?.edited(job);
  }
  return {
    methods: schedulerMethods({
      kernel,
      env,
      side: "in-process",
      executors,
      now: Date.now,
      fires: (request) => record.read(request),
      // Where it fails the view tries again by itself.
      edited: (job) => void look(job).catch(() => {}),
    }),
    async stop() {
      await Promise.all([record.stop(), work?.stop()]);
    },
  };
}
