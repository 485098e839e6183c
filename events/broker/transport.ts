import type { Transport } from "../delivery.ts";
import type { Broker } from "./broker.ts";
import { bindDurable } from "./durable.ts";
import { followDomain } from "./follow.ts";

export type NatsTransportParts = {
  readonly broker: Broker;
  /** First part of every subject. */
  readonly env: string;
  /** Whether the subscriber of this name still has its document. */
  readonly isRegistered: (name: string) => Promise<boolean>;
};

/** Events from NATS itself. */
export function natsTransport({ broker, env, isRegistered }: NatsTransportParts): Transport {
  return {
    subscribe: (subscriber, handle) =>
      bindDurable({ broker, env, subscriber, isRegistered: () => isRegistered(subscriber.name) }, handle),
    follow: (domain, on) => followDomain({ broker, env, domain }, on),
  };
}
