import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { Event } from "@oms/events/event.ts";
import { streamNameOf } from "@oms/events/streams.ts";
import { type Domain, nextEvent, subjectIn } from "./messages.ts";

export type RawClient = {
  /** One event, acknowledged by JetStream. */
  readonly publish: (event?: Event) => Promise<unknown>;
  /** Brings `handle` each event of a domain from now on, and acknowledges it. */
  readonly consume: (domain: Domain, handle: (event: Event) => void) => Promise<void>;
};

/** The client of NATS alone, on the streams that the gateway has its events in. */
export async function openRaw(opening: AsyncDisposableStack, url: string): Promise<RawClient> {
  const connection = await connect({ servers: url, noAsyncTraces: true });
  opening.defer(() => connection.close());
  const client = jetstream(connection);
  const { consumers } = await jetstreamManager(connection);
  return {
    publish(event = nextEvent()) {
      const [, domain] = event.type.split(".");
      return client.publish(subjectIn(domain as Domain), JSON.stringify(event), { msgID: event.id });
    },
    async consume(domain, handle) {
      const stream = streamNameOf(domain);
      await consumers.add(stream, {
        durable_name: "raw",
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.New,
      });
      const consumer = await client.consumers.get(stream, "raw");
      await consumer.consume({
        callback(message) {
          handle(message.json());
          message.ack();
        },
      });
    },
  };
}
