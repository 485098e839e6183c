import type { Logger } from "@oms/chassis/log.ts";
import type { Kernel } from "@oms/data-kernel/client.ts";
import type { Transport } from "@oms/events/delivery.ts";
import type { StreamSettings } from "@oms/events/streams.ts";
import type { SubscriberSide } from "@oms/events/subscriber.ts";
import { isRegistered } from "@oms/events/subscribers.ts";

export type SidesOptions = {
  readonly kernel: Kernel;
  /** First part of every subject. */
  readonly env: string;
  /** NATS's own, with commas between. */
  readonly natsUrl: string;
  readonly streams: StreamSettings;
  /** `host:port` of the gateway's gRPC. */
  readonly gatewayAddress: string;
  readonly log: Pick<Logger, "info" | "warn">;
};

type Opened = Transport & { readonly close: () => Promise<void> };

/** The two ways to events, each loaded and opened when a subscriber is first bound to it. */
export class Sides {
  readonly #options: SidesOptions;
  readonly #opened = new Map<SubscriberSide, Promise<Opened>>();

  constructor(options: SidesOptions) {
    this.#options = options;
  }

  /** Rejects when it cannot be loaded; while NATS or the gateway is away it resolves all the same. */
  transport(side: SubscriberSide): Promise<Transport> {
    const known = this.#opened.get(side);
    if (known) return known;
    const opening = side === "in-process" ? openInProcess(this.#options) : openExtracted(this.#options);
    this.#opened.set(side, opening);
    opening.catch(() => this.#opened.delete(side));
    return opening;
  }

  async close(): Promise<void> {
    await Promise.allSettled(Array.from(this.#opened.values(), async (opening) => (await opening).close()));
  }
}

async function openInProcess({ kernel, env, natsUrl: urls, streams, log }: SidesOptions): Promise<Opened> {
  const { openNatsSubscriptions } = await import("@oms/event-subscriber-in-process/nats-subscriptions.ts");
  const registered = (name: string) => isRegistered(kernel, env, name);
  return openNatsSubscriptions({ env, urls, streams, isRegistered: registered, log });
}

async function openExtracted({ gatewayAddress: address, log }: SidesOptions): Promise<Opened> {
  const { EventGatewaySubscriptions } = await import("../../sdk/event-gateway-subscriptions.ts");
  return new EventGatewaySubscriptions({ address, log });
}
