import type { Doc } from "@oms/data-kernel/client.ts";
import type { Execution } from "./execution.ts";
import type { GroupCommit } from "./group-commit.ts";
import { hasChanged } from "./lost-race.ts";
import { putExecution, unchanged } from "./writes.ts";

/** Ends a waiting execution whose dependencies have not ended well. False: it no longer was as it was read. */
export async function skipForDependency(
  execution: Doc<Execution>,
  { commits, nowMs }: { readonly commits: GroupCommit; readonly nowMs: number },
): Promise<boolean> {
  const skipped: Execution = { ...execution.body, status: "skipped", reason: "dependency", endedMs: nowMs };
  try {
    await commits.submit({ writes: [putExecution(skipped)], preconditions: [unchanged(execution)] });
    return true;
  } catch (error) {
    if (hasChanged(error)) return false;
    throw error;
  }
}
