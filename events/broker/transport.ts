import type { Transport } from "../delivery.ts";
import type { Broker } from "./broker.ts";
import { bindDurable } from "./durable.ts";
import { followDomain } from "./follow.ts";

/** Events from NATS itself. */
export function natsTransport(broker: Broker, env: string): Transport {
  return {
    subscribe: (subscriber, handle) => bindDurable({ broker, env, subscriber }, handle),
    follow: (domain, on) => followDomain({ broker, env, domain }, on),
  };
}
