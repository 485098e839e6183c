import type { Doc } from "@oms/data-kernel/client.ts";
import type { Execution, SkipReason } from "./execution.ts";
import type { GroupCommit } from "./group-commit.ts";
import { hasChanged } from "./lost-race.ts";
import { putExecution, unchanged } from "./writes.ts";

type How = { readonly commits: GroupCommit; readonly reason: SkipReason; readonly nowMs: number };

/** Ends a waiting execution that is not to begin. False: it no longer was as it was read. */
export async function skip(execution: Doc<Execution>, { commits, reason, nowMs }: How): Promise<boolean> {
  const { notBeforeMs: _, ...rest } = execution.body;
  const skipped: Execution = { ...rest, status: "skipped", reason, endedMs: nowMs };
  try {
    await commits.submit({ writes: [putExecution(skipped)], preconditions: [unchanged(execution)] });
    return true;
  } catch (error) {
    if (hasChanged(error)) return false;
    throw error;
  }
}
