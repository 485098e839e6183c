import { openChannel } from "@oms/chassis/grpc-channel.ts";
import type { Event } from "@oms/events/event.ts";
import type { Publisher, PublishResult, Receipt } from "@oms/events/port.ts";
import { receiptFromWire, resultsFromWire } from "@oms/events/wire.ts";
import { EventGatewayServiceDefinition } from "@oms/protos/oms/events/v1/events.ts";

/** The strangler's own deadline, by method, comes first. */
const LAST_RESORT_MS = 30_000;
/** A batch of large events; one far over its limit is refused by name. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

/** Publishing through the event gateway. An answer that is not what the port says is UNAVAILABLE. */
export class EventGatewayClient implements Publisher {
  readonly #channel;

  /** `address` is `host:port`. The strangler has the breaker of this hop, so the channel has none. */
  constructor({ address }: { address: string }) {
    this.#channel = openChannel(EventGatewayServiceDefinition, {
      address,
      breaker: false,
      deadlineMs: LAST_RESORT_MS,
      maxMessageBytes: MAX_MESSAGE_BYTES,
    });
  }

  /** The build that answered last; `unknown` before. */
  build(): string {
    return this.#channel.build();
  }

  close(): void {
    this.#channel.close();
  }

  async publish(event: Event): Promise<Receipt> {
    const { receipt } = await this.#channel.client.publish({ event: JSON.stringify(event) });
    return receiptFromWire(receipt);
  }

  async publishBatch(events: readonly Event[]): Promise<readonly PublishResult[]> {
    const asked = { events: events.map((event) => JSON.stringify(event)) };
    const { results } = await this.#channel.client.publishBatch(asked);
    return resultsFromWire(results, events.length);
  }
}
