import { outboxBranch } from "@oms/events/names.ts";

/** Whether a branch is some environment's outbox of events. */
export function isOutbox(branch: string): boolean {
  return branch === outboxBranch(branch.split("/")[0] ?? "");
}
