import type { Broker } from "./broker.ts";

/** How far a subscriber is behind: not delivered yet; delivered and not settled; delivered more than once. */
export type Lag = { readonly pending: number; readonly unsettled: number; readonly redelivered: number };

/** All 0 for a subscriber that never was bound. UNAVAILABLE while NATS is away. */
export declare function lagOf(
  broker: Broker,
  env: string,
  subscriber: { readonly name: string; readonly domain: string },
): Promise<Lag>;
