import { newContext, runInContext } from "@oms/chassis/context/context.ts";

/** Runs work that no caller waits for, under OMS's own name. */
export function unattended<R>(branch: string, run: () => Promise<R>): Promise<R> {
  return runInContext(newContext({ author: "oms@oms", branch }), run);
}
