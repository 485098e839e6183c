import type { Delivery, Subscription } from "../delivery.ts";
import type { Broker } from "./broker.ts";

export type FollowOptions = {
  readonly broker: Broker;
  readonly env: string;
  readonly domain: string;
  /** Begin behind this sequence of the stream. Absent: from now on, which begins with a `gap`. */
  readonly afterSequence?: number;
};

/** Every event of a domain in the stream's order; `Transport.follow` says the rest. `bound`: it stands for the first time. */
export declare function followDomain(
  options: FollowOptions,
  on: { readonly event: (delivery: Delivery) => void; readonly gap: () => void },
): Subscription & { readonly bound: Promise<void> };
