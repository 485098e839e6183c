import type { CommitOutcome, CommitRequest, Kernel } from "@oms/data-kernel/client.ts";
import type { Event } from "./event.ts";

/** Names what a subscriber does about an event: its commit's key. `<subscriber>/<source> <id>`, hashed when too long. */
export declare function effectKey(subscriber: string, event: Pick<Event, "source" | "id">): string;

export type Effect = Omit<CommitRequest, "key" | "fingerprint"> & {
  readonly subscriber: string;
  readonly event: Event;
};

/**
 * A subscriber's effect: one commit, once, however often its event comes, on a branch that is made when it is missing.
 * ALREADY_EXISTS on `key`: it was done for another event of that name.
 */
export declare function commitEffect(kernel: Kernel, effect: Effect): Promise<CommitOutcome>;
