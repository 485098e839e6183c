import type { CommitOutcome, CommitRequest, Kernel } from "@oms/data-kernel/client.ts";
import { commitOn } from "./commit-on.ts";
import { digestOf } from "./envelope.ts";
import { type Event, identityOf } from "./event.ts";
import { isSendable, sha256 } from "./fitting-key.ts";

/** Names what a subscriber does about an event: its commit's key. `<subscriber>/<source> <id>`, hashed when too long. */
export function effectKey(subscriber: string, event: Pick<Event, "source" | "id">): string {
  const identity = identityOf(event);
  const key = `${subscriber}/${identity}`;
  return isSendable(key) ? key : `${subscriber}/${sha256(identity)}`;
}

export type Effect = Omit<CommitRequest, "key" | "fingerprint"> & {
  readonly subscriber: string;
  readonly event: Event;
};

/**
 * A subscriber's effect: one commit, once, however often its event comes, on a branch that is made when it is missing.
 * What the first delivery wrote stands. ALREADY_EXISTS on `key`: it was done for another event of that name.
 */
export function commitEffect(
  kernel: Pick<Kernel, "commit" | "createBranch">,
  { subscriber, event, ...request }: Effect,
): Promise<CommitOutcome> {
  return commitOn(kernel, { ...request, key: effectKey(subscriber, event), fingerprint: digestOf(event) });
}
