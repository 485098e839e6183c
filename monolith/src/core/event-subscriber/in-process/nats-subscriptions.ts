import type { Logger } from "@oms/chassis/log.ts";
import { Broker } from "@oms/events/broker/broker.ts";
import { natsTransport } from "@oms/events/broker/transport.ts";
import type { Transport } from "@oms/events/delivery.ts";
import type { StreamSettings } from "@oms/events/streams.ts";

export type NatsSubscriptionsOptions = {
  /** First part of every subject. */
  readonly env: string;
  /** With commas between, credentials in the first. */
  readonly urls: string;
  readonly streams: StreamSettings;
  readonly log: Pick<Logger, "info" | "warn">;
};

/** Events as OMS gets them from NATS itself, over a connection of its own. */
export function openNatsSubscriptions({
  env,
  ...broker
}: NatsSubscriptionsOptions): Transport & { readonly close: () => Promise<void> } {
  const connection = Broker.open({ name: "oms subscribers", ...broker });
  return { ...natsTransport(connection, env), close: () => connection.close() };
}
