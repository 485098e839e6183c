import { PassThrough } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { openChannel } from "@oms/chassis/grpc-channel.ts";
import type { Delivery, Handle, Settlement, Subscription } from "@oms/events/delivery.ts";
import { readStored } from "@oms/events/stored-event.ts";
import type { Subscriber } from "@oms/events/subscriber.ts";
import * as wire from "@oms/protos/oms/events/v1/events.ts";

const CREDIT = 16;
const PAUSE_MS = 200;

/** A subscriber's events from the gateway at `address`, as any client of its gRPC may have them. */
export function subscribeAtGateway(address: string, subscriber: Subscriber, handle: Handle): Subscription {
  const channel = openChannel(wire.EventGatewayServiceDefinition, { address, breaker: false });
  const stopping = new AbortController();
  const { signal } = stopping;
  const life = (async () => {
    while (!signal.aborted) {
      await subscribeOnce(channel.client, { subscriber, handle, signal }).catch(() => undefined);
      await wait(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
    channel.close();
  })();
  return {
    stop: () => {
      stopping.abort();
      return life;
    },
  };
}

type Subscribing = { readonly subscriber: Subscriber; readonly handle: Handle; readonly signal: AbortSignal };
type Client = ReturnType<typeof openChannel<typeof wire.EventGatewayServiceDefinition>>["client"];

/** Until the stream ends, by whatever. What is under way then comes again. */
async function subscribeOnce(client: Client, { subscriber, handle, signal }: Subscribing): Promise<void> {
  const requests = new PassThrough({ objectMode: true });
  const ask = (message: wire.SubscribeRequest["message"]): void => {
    if (requests.writable) requests.write({ message });
  };
  const credit = subscriber.ordered ? 1 : CREDIT;
  ask({ $case: "bind", value: { durable: subscriber.name, follow: undefined, credit } });
  const underWay = new Set<Promise<void>>();
  try {
    for await (const { message } of client.subscribe(requests as AsyncIterable<wire.SubscribeRequest>, {
      signal,
    })) {
      if (message?.$case !== "delivery") continue;
      const { token } = message.value;
      const handled = handle(deliveryOf(message.value), signal)
        .then((settlement) => ask({ $case: "settle", value: { token, how: howOf(settlement) } }))
        .finally(() => underWay.delete(handled));
      underWay.add(handled);
    }
  } finally {
    await Promise.all(underWay);
    requests.end();
  }
}

function deliveryOf({ event: text, attempt, sequence, storedMs }: wire.Delivery): Delivery {
  const event = readStored(text);
  if (!event) throw new Error("the gateway brought what is no event");
  return { event, attempt, sequence, storedMs };
}

function howOf(settlement: Settlement): wire.Settle["how"] {
  if (settlement.as === "done") return { $case: "ack", value: {} };
  const { reason } = settlement;
  if (settlement.as === "dead") return { $case: "dead", value: { reason } };
  return { $case: "nak", value: { delayMs: settlement.delayMs, reason } };
}
