import type { Delivery, Settlement, Subscription } from "../delivery.ts";
import type { Subscriber } from "../subscriber.ts";
import type { Broker } from "./broker.ts";

export type DurableOptions = {
  readonly broker: Broker;
  readonly env: string;
  readonly subscriber: Subscriber;
  /** How many deliveries are handled at a time; 1 for an ordered subscriber. Absent: 16. */
  readonly credit?: number;
  /**
   * Who says that a delivery is still being worked on. `handle`, by `working`: what is silent for `ackWaitMs` comes
   * again. `itself`, the default: while `handle` runs, up to 20 times `ackWaitMs`.
   */
  readonly keptAliveBy?: "itself" | "handle";
  /** The consumer's name behind the environment. Absent: the subscriber's, under which its dead letters are in any case. */
  readonly durable?: string;
  /** Where a consumer that is made new begins: Unix milliseconds, or a sequence of the stream. Absent: as it is for all. */
  readonly from?: { readonly timeMs: number } | { readonly sequence: number };
};

/** `working` says that the delivery is still being worked on. */
export type DurableHandle = (
  delivery: Delivery,
  signal: AbortSignal,
  working: () => void,
) => Promise<Settlement>;

/**
 * Binds a subscriber's durable consumers: of its domain's stream, and of what is replayed to it alone. Goes on by itself
 * whatever becomes of NATS, the stream or the consumer. `bound` resolves when both stand for the first time.
 */
export declare function bindDurable(
  options: DurableOptions,
  handle: DurableHandle,
): Subscription & { readonly bound: Promise<void> };
