import type { Following, Subscription } from "../delivery.ts";
import type { Broker } from "./broker.ts";

export type FollowOptions = {
  readonly broker: Broker;
  readonly env: string;
  readonly domain: string;
  /** Begin behind this sequence of the stream. Absent: from now on. */
  readonly afterSequence?: number;
};

/**
 * Every event of a domain in the stream's order; `Following` says the rest: `stands(true)` once the consumer is there,
 * the first time and after every loss of it. `bound`: so for the first time.
 */
export declare function followDomain(
  options: FollowOptions,
  on: Following,
): Subscription & { readonly bound: Promise<void> };
