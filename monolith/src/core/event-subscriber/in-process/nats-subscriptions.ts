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
  /** Whether the subscriber of this name still has its document. */
  readonly isRegistered: (name: string) => Promise<boolean>;
  readonly log: Pick<Logger, "info" | "warn">;
};

/** Events as OMS gets them from NATS itself, over a connection of its own. */
export function openNatsSubscriptions({
  env,
  isRegistered,
  ...options
}: NatsSubscriptionsOptions): Transport & { readonly close: () => Promise<void> } {
  const broker = Broker.open({ name: "oms subscribers", ...options });
  return { ...natsTransport({ broker, env, isRegistered }), close: () => broker.close() };
}
