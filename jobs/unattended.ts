import { newContext, runInContext } from "@oms/chassis/context/context.ts";

/** Who unattended work is done by. */
const AUTHOR = "scheduler@oms";

/** Runs what no caller asked for: nobody's deadline, key, pinned commit or shadow reaches into it. */
export function unattended<R>(run: () => R, key?: string): R {
  return runInContext(newContext({ author: AUTHOR, ...(key !== undefined && { key }) }), run);
}
