import type { Logger } from "@oms/chassis/log.ts";
import type { Kernel } from "@oms/data-kernel/client.ts";
import { Broker } from "@oms/events/broker/broker.ts";
import type { BrokerObserver } from "@oms/events/broker/observer.ts";
import type { Event } from "@oms/events/event.ts";
import type { Publisher, PublishResult, Receipt } from "@oms/events/port.ts";
import { createPublisher } from "@oms/events/publish.ts";
import { EventSchemas } from "@oms/events/schemas.ts";
import type { StreamSettings } from "@oms/events/streams.ts";

export type UnifiedPublisherSettings = {
  readonly kernel: Kernel;
  /** First part of every kernel branch and subject. */
  readonly env: string;
  /** A NATS server, or those of one cluster with commas between. */
  readonly natsUrl: string;
  readonly streams: StreamSettings;
  readonly log: Logger;
  /** Hears of each event what JetStream answered. */
  readonly acknowledged: BrokerObserver["published"];
};

/** Every module's events, from this process to JetStream over one connection. */
export class UnifiedPublisher implements Publisher {
  readonly #broker: Broker;
  readonly #schemas: EventSchemas;
  readonly #publisher: Publisher;

  /** Connects to nothing yet. */
  constructor({ kernel, env, natsUrl, streams, log, acknowledged }: UnifiedPublisherSettings) {
    const observe = { published: acknowledged, settled: () => {} };
    const broker = Broker.open({ urls: natsUrl, name: "oms", streams, log, observe });
    this.#broker = broker;
    this.#schemas = new EventSchemas({ kernel, env, log });
    this.#publisher = createPublisher({
      env,
      schemas: this.#schemas,
      requireStream: (subject) => broker.requireStream(subject),
      send: async (envelope) => ({ outcome: "stored", ...(await broker.publish(envelope)) }),
    });
  }

  /** Resolves once JetStream has answered, else UNAVAILABLE. It need not be called: whatever is published connects. */
  connect(): Promise<void> {
    return this.#broker.ready();
  }

  publish(event: Event): Promise<Receipt> {
    return this.#publisher.publish(event);
  }

  publishBatch(events: readonly Event[]): Promise<readonly PublishResult[]> {
    return this.#publisher.publishBatch(events);
  }

  async close(): Promise<void> {
    await this.#schemas.close();
    await this.#broker.close();
  }
}
