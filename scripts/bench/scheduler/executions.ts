import { setTimeout as wait } from "node:timers/promises";
import type { Kernel } from "@oms/data-kernel/client.ts";
import type { Execution } from "@oms/jobs/execution.ts";
import { EXECUTION, schedulerBranch } from "@oms/jobs/job.ts";

export const ENV = "bench";
export const BRANCH = schedulerBranch(ENV);

const POLL_MS = 20;
const PATIENCE_MS = 120_000;

/** What a commit made of an execution, and when, by the kernel's clock. */
export type Turn = { readonly execution: Execution; readonly committedMs: number };

/** What becomes of executions, from the commit `after` on, until `enough` says so. Throws when that takes two minutes. */
export async function turnsSince(
  kernel: Kernel,
  after: string,
  enough: (turns: readonly Turn[]) => boolean,
): Promise<Turn[]> {
  const turns: Turn[] = [];
  const end = performance.now() + PATIENCE_MS;
  let place = after;
  while (!enough(turns)) {
    if (performance.now() > end)
      throw new Error(`after ${turns.length} turns of executions it is not enough`);
    const { commits } = await kernel.changes({ branch: BRANCH, after: place, limit: 1000 });
    for (const { commit, changes } of commits)
      for (const { document } of changes)
        if (document.type === EXECUTION)
          turns.push({ execution: document.body as Execution, committedMs: commit.timeMs });
    place = commits.at(-1)?.commit.id ?? place;
    if (commits.length === 0) await wait(POLL_MS);
  }
  return turns;
}

export function endedIn(turns: readonly Turn[]): Execution[] {
  return turns.map(({ execution }) => execution).filter(({ endedMs }) => endedMs !== undefined);
}

export async function headOf(kernel: Kernel): Promise<string> {
  const { commits } = await kernel.log({ branch: BRANCH, pageSize: 1 });
  return commits[0]?.id ?? "";
}
