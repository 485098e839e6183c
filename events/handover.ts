import type { Kernel } from "@oms/data-kernel/client.ts";
import type { SubscriberSide } from "./subscriber.ts";

/** A subscriber, who binds it, and what the flag routes it by. */
export type OwnedSubscriber = {
  readonly id: string;
  readonly side: SubscriberSide;
  readonly fields: { readonly author: string };
};

/** Gives subscribers to the other side: one commit that asserts the document as it was read. */
export declare class SubscribersHandover {
  constructor(kernel: Kernel, env: string);
  items(): AsyncIterable<OwnedSubscriber>;
  /** Does nothing where it has that side, or is not there. */
  move(id: string, to: SubscriberSide): Promise<void>;
}
