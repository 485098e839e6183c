import type { Delivery } from "@oms/events/delivery.ts";
import type { Subscriber } from "@oms/events/subscriber.ts";

/** What a subscriber does about one event; run again for the same event it changes nothing more. */
export type Handler = {
  /** As it is registered where nobody has yet; who binds it is said by the document then. */
  readonly subscriber: Subscriber;
  /** Runs in a call context of its own, whose key names the effect. INVALID_ARGUMENT: it will never succeed. */
  readonly run: (delivery: Delivery) => Promise<void>;
};
