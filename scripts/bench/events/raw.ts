import { jetstream } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { nextEvent, SUBJECT } from "./messages.ts";

export type RawClient = {
  /** One event, acknowledged by JetStream. */
  readonly publish: () => Promise<unknown>;
};

/** The client of NATS alone, on the stream that the gateway has its events in. */
export async function openRaw(opening: AsyncDisposableStack, url: string): Promise<RawClient> {
  const connection = await connect({ servers: url, noAsyncTraces: true });
  opening.defer(() => connection.close());
  const client = jetstream(connection);
  return {
    publish() {
      const event = nextEvent();
      return client.publish(SUBJECT, JSON.stringify(event), { msgID: event.id });
    },
  };
}
