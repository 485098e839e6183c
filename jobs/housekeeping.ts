import type { Doc, Kernel } from "@oms/data-kernel/client.ts";
import { checkpointDocument, type Execution, executionId } from "./execution.ts";
import type { GroupCommit, Item } from "./group-commit.ts";
import { EXECUTION, type Owner, schedulerBranch } from "./job.ts";
import { isLive, type JobState } from "./job-state.ts";
import { hasChanged } from "./lost-race.ts";
import { ticksBetween } from "./schedule/planned.ts";
import { executionsOf } from "./stored.ts";
import { unattended } from "./unattended.ts";
import type { JobsView } from "./view.ts";
import { putJob, unchanged } from "./writes.ts";

export type HousekeepingOptions = {
  readonly view: Pick<JobsView, "states">;
  readonly kernel: Pick<Kernel, "query">;
  readonly commits: GroupCommit;
  /** First part of the branch's name. */
  readonly env: string;
  /** Cleans up after the jobs that it owns. */
  readonly side: Owner;
};

/** So many more than are kept: that often a job's document changes for it. */
const SLACK = 50;
/** Executions that one commit deletes. */
const MOST_AT_ONCE = 500;

/** Deletes the oldest ended executions of jobs that have too many. Answers how many went. */
export async function cleanUp({ view, kernel, commits, env, side }: HousekeepingOptions): Promise<number> {
  let deleted = 0;
  for (const state of view.states()) {
    const { owner, keep } = state.doc.body;
    if (owner !== side || state.ended <= keep + SLACK) continue;
    const executions = await oldest(kernel, env, state);
    const going = deletable(state, executions);
    if (going.length > 0 && (await committed(commits, deletion(state, going)))) deleted += going.length;
  }
  return deleted;
}

/** A page of them: run-nows come after ticks, whatever their time. */
async function oldest(
  kernel: Pick<Kernel, "query">,
  env: string,
  { doc }: JobState,
): Promise<readonly Doc<Execution>[]> {
  const asked = { branch: schedulerBranch(env), type: EXECUTION, pageSize: 1000 };
  const prefix = executionsOf(doc.body.id);
  const { documents } = await unattended(() => kernel.query<Execution>({ ...asked, prefix }));
  return documents;
}

/** Those whose going settles no tick that is still to be claimed: the floor rises to the newest of them. */
function deletable(state: JobState, executions: readonly Doc<Execution>[]): Execution[] {
  const { schedule, keep, state: condition } = state.doc.body;
  const surplus = Math.min(state.ended - keep, MOST_AT_ONCE);
  const afterMs = state.claimedMs;
  return executions
    .map(({ body }) => body)
    .filter((execution) => !isLive(execution))
    .sort((a, b) => a.plannedMs - b.plannedMs)
    .slice(0, Math.max(0, surplus))
    .filter(
      ({ plannedMs: upToMs }) =>
        condition !== "active" || ticksBetween(schedule, { afterMs, upToMs, limit: 1 }).length === 0,
    );
}

function deletion({ doc }: JobState, going: readonly Execution[]): Item {
  const floorMs = going.reduce((newest, { plannedMs }) => Math.max(newest, plannedMs), doc.body.floorMs);
  const ids = going.map(executionId);
  return {
    writes: [
      putJob({ ...doc.body, floorMs }),
      ...ids.map((id) => ({ delete: `${EXECUTION}/${id}` })),
      ...ids.map((id) => ({ delete: checkpointDocument(id) })),
    ],
    preconditions: [unchanged(doc)],
  };
}

async function committed(commits: GroupCommit, item: Item): Promise<boolean> {
  try {
    await commits.submit(item);
    return true;
  } catch (error) {
    if (hasChanged(error)) return false;
    throw error;
  }
}
