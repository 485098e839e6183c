import { once } from "node:events";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Executor } from "@oms/jobs/executor.ts";
import { z } from "zod";

const payload = z.strictObject({});
/** Ids of executions in the order in which their attempts were made. */
export const made: string[] = [];

function executor(type: string, run: Executor["run"]): Executor {
  return {
    type,
    payload,
    run(task, tools) {
      made.push(`${task.id} ${task.attempt}`);
      return run(task, tools);
    },
  };
}

/** What tests have done: a thing that works, fails, waits to be stopped, or cannot be. */
export const executors: readonly Executor[] = [
  executor("works", async ({ attempt }) => ({ attempt })),
  executor("fails", async () => {
    throw new ServiceError("UNAVAILABLE", "it is closed on Sundays");
  }),
  executor("waits", async (_task, { signal, checkpoint }) => {
    await checkpoint(0.5, { half: true });
    if (!signal.aborted) await once(signal, "abort");
    throw signal.reason;
  }),
  executor("ignores", () => new Promise(() => {})),
  executor("continues", async ({ attempt, checkpoint: left }, { checkpoint }) => {
    if (attempt > 1) return left;
    await checkpoint(0.25, "so far");
    throw new Error("half of it is done");
  }),
];
