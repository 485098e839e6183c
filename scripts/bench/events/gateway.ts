import { openChannel } from "@oms/chassis/grpc-channel.ts";
import type { Event } from "@oms/events/event.ts";
import {
  type EventGatewayServiceClient,
  EventGatewayServiceDefinition,
  Outcome,
  PublishRequest,
  PublishResponse,
  type PublishResult,
  type Receipt,
} from "@oms/protos/oms/events/v1/events.ts";
import { openEcho } from "../echo/client.ts";
import { nextEvent, PUBLISH_PATH } from "./messages.ts";

/** Publishing throws unless every event is taken. */
export type GatewayClient = {
  readonly client: EventGatewayServiceClient;
  /** One event, by grpc-js alone. */
  readonly publishPlain: () => Promise<void>;
  /** One event, by the channel that OMS has. */
  readonly publish: () => Promise<void>;
  readonly publishEvent: (event: Event) => Promise<void>;
  /** So many events in one call. */
  readonly publishBatch: (events: number) => Promise<void>;
  /** One stream, its messages of `each` events, as many unanswered at a time as `window` says; events per second. */
  readonly publishStream: (shape: StreamShape) => Promise<number>;
};

export type StreamShape = { readonly seconds: number; readonly window: number; readonly each: number };

/** `outcome` is what events have to be taken as. */
export function openGatewayClient(
  opening: AsyncDisposableStack,
  address: string,
  outcome: Outcome = Outcome.OUTCOME_STORED,
): GatewayClient {
  const channel = openChannel(EventGatewayServiceDefinition, { address, breaker: false });
  opening.defer(() => channel.close());
  const plain = openEcho(address);
  opening.defer(() => plain.close());
  const { client } = channel;
  const requireTaken = (receipt: Receipt | undefined): void => {
    if (receipt?.outcome !== outcome)
      throw new Error(`an event was answered with ${JSON.stringify(receipt)}`);
  };
  const requireAllTaken = (results: readonly PublishResult[]): void => {
    for (const { result } of results) requireTaken(result?.$case === "receipt" ? result.value : undefined);
  };
  const publishEvent = async (event: Event) =>
    requireTaken((await client.publish({ event: JSON.stringify(event) })).receipt);
  return {
    client,
    async publishPlain() {
      const bytes = PublishRequest.encode({ event: nextText() }).finish();
      const answer = await plain.call(PUBLISH_PATH, bytes, (reply) => PublishResponse.decode(reply));
      requireTaken(answer?.receipt);
    },
    publish: () => publishEvent(nextEvent()),
    publishEvent,
    async publishBatch(events) {
      requireAllTaken((await client.publishBatch({ events: texts(events) })).results);
    },
    async publishStream({ seconds, window, each }) {
      const began = performance.now();
      const end = began + seconds * 1000;
      let unanswered = 0;
      let answered = Promise.withResolvers<void>();
      async function* requests() {
        while (performance.now() < end) {
          while (unanswered === window) await answered.promise;
          unanswered += 1;
          yield { events: texts(each) };
        }
      }
      let published = 0;
      for await (const { results } of client.publishStream(requests())) {
        requireAllTaken(results);
        published += results.length;
        unanswered -= 1;
        answered.resolve();
        answered = Promise.withResolvers();
      }
      return published / ((performance.now() - began) / 1000);
    },
  };
}

function nextText(): string {
  return JSON.stringify(nextEvent());
}

function texts(count: number): string[] {
  return Array.from({ length: count }, nextText);
}
