import { invalid } from "@oms/chassis/errors/service-error.ts";
import type { Executor, Task, Tools } from "../executor.ts";
import { FinalFailure } from "../failure.ts";
import type { Json, JsonObject } from "../json.ts";
import { refusal } from "../refusal.ts";
import { unattended } from "../unattended.ts";
import { requireResult } from "./result.ts";

/** The executors that there are, by their types. */
export type Registry = {
  /** In alphabetical order. */
  readonly types: readonly string[];
  /** @throws INVALID_ARGUMENT on `type` for one that nobody has, on `payload.…` for what its executor refuses. */
  readonly require: (type: string, payload: JsonObject) => void;
  /**
   * Makes one attempt under the scheduler's own name. Rejects with what the executor throws; with a FinalFailure
   * where the payload is not what it takes, or the result is no JSON or too large.
   */
  readonly run: (type: string, task: Task<JsonObject>, tools: Tools) => Promise<Json | undefined>;
};

/** Throws when two of them have one type. */
export function createRegistry(executors: readonly Executor[]): Registry {
  const byType = new Map(executors.map((executor) => [executor.type, executor]));
  const types = [...byType.keys()].sort((a, b) => (a < b ? -1 : 1));
  if (types.length < executors.length)
    throw new Error(`each type has one executor, of: ${executors.map(({ type }) => type).join(", ")}`);
  return {
    types,
    require(type, payload) {
      const executor = byType.get(type);
      if (!executor) throw invalid("type", `must be one of ${types.join(", ")}`);
      const parsed = executor.payload.safeParse(payload);
      if (!parsed.success) throw refusal(parsed.error, "payload");
    },
    run(type, task, tools) {
      return unattended(() => attempt(byType.get(type), task, tools), task.id);
    },
  };
}

async function attempt(
  executor: Executor | undefined,
  task: Task<JsonObject>,
  tools: Tools,
): Promise<Json | undefined> {
  // Another process may know it.
  if (!executor) throw new Error("this process has no executor of the job's type");
  const parsed = executor.payload.safeParse(task.payload);
  if (!parsed.success) throw new FinalFailure("bad-payload", refusal(parsed.error, "payload").message);
  return requireResult(await executor.run({ ...task, payload: parsed.data }, tools));
}
