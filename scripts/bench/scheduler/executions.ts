import { setTimeout as wait } from "node:timers/promises";
import type { Kernel } from "@oms/data-kernel/client.ts";
import type { Execution } from "@oms/jobs/execution.ts";
import { EXECUTION, schedulerBranch } from "@oms/jobs/job.ts";

export const ENV = "bench";
export const BRANCH = schedulerBranch(ENV);

const POLL_MS = 20;
const PATIENCE_MS = 120_000;

/** Executions as they end, from `after` on, until `enough` says so. Throws when that takes two minutes. */
export async function endedSince(
  kernel: Kernel,
  after: string,
  enough: (ended: readonly Execution[]) => boolean,
): Promise<Execution[]> {
  const ended: Execution[] = [];
  const end = performance.now() + PATIENCE_MS;
  let place = after;
  while (!enough(ended)) {
    if (performance.now() > end) throw new Error(`only ${ended.length} executions have ended`);
    const { commits } = await kernel.changes({ branch: BRANCH, after: place, limit: 1000 });
    for (const { document } of commits.flatMap(({ changes }) => changes)) {
      const execution = document.body as Execution;
      if (document.type === EXECUTION && execution.endedMs !== undefined) ended.push(execution);
    }
    place = commits.at(-1)?.commit.id ?? place;
    if (commits.length === 0) await wait(POLL_MS);
  }
  return ended;
}

export async function headOf(kernel: Kernel): Promise<string> {
  const { commits } = await kernel.log({ branch: BRANCH, pageSize: 1 });
  return commits[0]?.id ?? "";
}
