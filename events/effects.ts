import { createHash } from "node:crypto";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { CommitOutcome, CommitRequest, Kernel } from "@oms/data-kernel/client.ts";
import { digestOf } from "./envelope.ts";
import { type Event, identityOf } from "./event.ts";

/** A key that any header carries. */
const SENDABLE = /^\P{Cc}{1,200}$/u;

/** Names what a subscriber does about an event: its commit's key. `<subscriber>/<source> <id>`, hashed when too long. */
export function effectKey(subscriber: string, event: Pick<Event, "source" | "id">): string {
  const identity = identityOf(event);
  const key = `${subscriber}/${identity}`;
  return SENDABLE.test(key) ? key : `${subscriber}/${createHash("sha256").update(identity).digest("hex")}`;
}

export type Effect = Omit<CommitRequest, "key" | "fingerprint"> & {
  readonly subscriber: string;
  readonly event: Event;
};

/**
 * A subscriber's effect: one commit, once, however often its event comes, on a branch that is made when it is missing.
 * ALREADY_EXISTS on `key`: it was done for another event of that name.
 */
export async function commitEffect(
  kernel: Pick<Kernel, "commit" | "createBranch">,
  { subscriber, event, ...request }: Effect,
): Promise<CommitOutcome> {
  const asked = { ...request, key: effectKey(subscriber, event), fingerprint: digestOf(event) };
  try {
    return await kernel.commit(asked);
  } catch (error) {
    if (!isBranchMissing(error)) throw error;
  }
  await kernel.createBranch({ name: request.branch });
  return kernel.commit(asked);
}

function isBranchMissing(error: unknown): boolean {
  return (
    error instanceof ServiceError &&
    error.code === "NOT_FOUND" &&
    error.violations.some(({ field }) => field === "branch")
  );
}
