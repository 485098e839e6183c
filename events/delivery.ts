import type { Event } from "./event.ts";
import type { Subscriber } from "./subscriber.ts";

/** One event brought to a subscriber; each delivery is settled once. */
export type Delivery = {
  readonly event: Event;
  /** From 1. */
  readonly attempt: number;
  /** In the subscriber's stream. */
  readonly sequence: number;
  /** When JetStream took it, in Unix milliseconds. */
  readonly storedMs: number;
};

/** What became of a delivery: done; to come again after a while; or never to succeed, a dead letter at once. */
export type Settlement =
  | { readonly as: "done" }
  | { readonly as: "again"; readonly delayMs: number; readonly reason: string }
  /** `attempts` where whoever settles counts for himself. */
  | { readonly as: "dead"; readonly reason: string; readonly attempts?: number };

/** Never rejects: what it throws is for its caller to settle. `signal` aborts when the subscription stops. */
export type Handle = (delivery: Delivery, signal: AbortSignal) => Promise<Settlement>;

export type Subscription = {
  /** Takes no more, waits for what is under way and lets go. */
  readonly stop: () => Promise<void>;
};

export type Following = {
  readonly event: (delivery: Delivery) => void;
  /**
   * True: from now on every event comes, and after a loss of the connection all that came meanwhile. False: the
   * connection is lost, events may be on their way.
   */
  readonly stands: (is: boolean) => void;
  /** Events were missed that will not come: what was learnt from events is no longer certain. */
  readonly gap: () => void;
};

/** How OMS gets its events: from NATS itself, or from the gateway. Neither rejects while its peer is away: it tries again. */
export type Transport = {
  /** Binds the subscriber's durable; events not `done` come again, to this process or another. */
  readonly subscribe: (subscriber: Subscriber, handle: Handle) => Subscription;
  /** Every event of a domain from now on, in order, to this process alone and without settling. */
  readonly follow: (domain: string, on: Following) => Subscription;
};
