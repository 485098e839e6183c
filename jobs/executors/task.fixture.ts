import type { Kernel } from "@oms/data-kernel/client.ts";
import type { Task, Tools } from "../executor.ts";
import type { Json, JsonObject } from "../json.ts";

export const ENV = "test";

/** Attempt 1 of job `job`, planned for 2027, with `change` in it. */
export function taskOf(payload: JsonObject, change: Partial<Task<JsonObject>> = {}): Task<JsonObject> {
  const plannedMs = Date.UTC(2027, 0, 1);
  return {
    id: `job/${plannedMs}`,
    job: "job",
    attempt: 1,
    plannedMs,
    payload,
    checkpoint: undefined,
    ...change,
  };
}

/** Tools that keep what is left for the next attempt; it stops after `stopAfter` checkpoints as a crash would. */
export function toolsOf(kernel: Kernel, stopAfter = Number.POSITIVE_INFINITY) {
  const checkpoints: { progress: number; data: Json }[] = [];
  const tools: Tools = {
    kernel,
    env: ENV,
    signal: new AbortController().signal,
    async checkpoint(progress, data) {
      checkpoints.push({ progress, data });
      if (checkpoints.length >= stopAfter) throw new Error("stopped here");
    },
  };
  return { tools, checkpoints };
}
