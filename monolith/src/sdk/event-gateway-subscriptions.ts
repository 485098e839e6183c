import { setTimeout as wait } from "node:timers/promises";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { openChannel } from "@oms/chassis/grpc-channel.ts";
import type { Logger } from "@oms/chassis/log.ts";
import type { Following, Handle, Subscription, Transport } from "@oms/events/delivery.ts";
import type { Subscriber } from "@oms/events/subscriber.ts";
import { EventGatewayServiceDefinition } from "@oms/protos/oms/events/v1/events.ts";
import { follow } from "./event-gateway-follow.ts";
import { settleAll } from "./event-gateway-settling.ts";

export type EventGatewaySubscriptionsOptions = {
  /** `host:port` of the gateway's gRPC, or of several with commas between. */
  readonly address: string;
  readonly log: Pick<Logger, "info" | "warn">;
};

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
/** A batch of what a stream is given credit for. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;

/** Events by way of the gateway: a stream for each subscriber, opened again whenever it is lost. */
export class EventGatewaySubscriptions implements Transport {
  readonly #channel;
  readonly #log: Pick<Logger, "info" | "warn">;

  constructor({ address, log }: EventGatewaySubscriptionsOptions) {
    // No breaker: a subscriber that waits for a gateway has nobody else to ask.
    this.#channel = openChannel(EventGatewayServiceDefinition, {
      address,
      breaker: false,
      maxMessageBytes: MAX_MESSAGE_BYTES,
    });
    this.#log = log;
  }

  subscribe(subscriber: Subscriber, handle: Handle): Subscription {
    const { client } = this.#channel;
    return this.#keep(subscriber.name, (stop) => settleAll({ client, subscriber, handle, stop }));
  }

  follow(domain: string, on: Following): Subscription {
    const { client } = this.#channel;
    const place = {};
    return this.#keep(`a look at ${domain}`, (stop) => follow({ client, domain, on, place, stop }));
  }

  async close(): Promise<void> {
    this.#channel.close();
  }

  /** Opens a stream again and again until it is stopped; one that stood is opened again sooner. */
  #keep(what: string, open: (stop: AbortSignal) => Promise<{ readonly stood: boolean }>): Subscription {
    const stopping = new AbortController();
    const { signal } = stopping;
    const running = runInContext(newContext({ author: "oms@oms" }), async () => {
      for (let failures = 0; !signal.aborted; ) {
        const { stood } = await open(signal).catch((err: unknown) => {
          this.#log.warn({ err, subscription: what }, "the gateway's events are cut off; it is tried again");
          return { stood: false };
        });
        failures = stood ? 0 : failures + 1;
        const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS);
        await wait(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    });
    return {
      async stop() {
        stopping.abort();
        await running;
      },
    };
  }
}
