import type { Delivery, Handle, Settlement } from "@oms/events/delivery.ts";
import { readStored } from "@oms/events/stored-event.ts";
import type { Subscriber } from "@oms/events/subscriber.ts";
import type { DeepPartial, Delivery as DeliveryMessage, Settle } from "@oms/protos/oms/events/v1/events.ts";
import { type Client, GatewayStream } from "./event-gateway-stream.ts";

/** How many events a subscriber may have under way. */
const CREDIT = 16;

export type Settling = {
  readonly client: Client;
  readonly subscriber: Subscriber;
  readonly handle: Handle;
  readonly stop: AbortSignal;
};

/**
 * Has a durable's events until the stream is lost, or until it is stopped and what was under way is settled. Events that
 * were under way on a lost stream come again.
 */
export async function settleAll({ client, subscriber, handle, stop }: Settling): Promise<{ stood: boolean }> {
  const { name, ordered, ackWaitMs } = subscriber;
  const stream = new GatewayStream(client, { durable: name, credit: ordered ? 1 : CREDIT });
  const over = new AbortController();
  const underWay = new Set<Promise<void>>();
  let stood = false;
  const settle = async (message: DeliveryMessage) => {
    const { token } = message;
    const send = (how: How) => stream.send({ message: { $case: "settle", value: { token, how } } });
    const alive = setInterval(() => send({ $case: "working", value: {} }), ackWaitMs / 3);
    send(howOf(await settled(message, handle, over.signal)));
    clearInterval(alive);
  };
  const stopped = async () => {
    over.abort();
    await Promise.all(underWay);
    stream.end();
  };
  stop.addEventListener("abort", stopped, { once: true });
  if (stop.aborted) stream.end();
  try {
    await stream.run({
      bound: () => {
        stood = true;
      },
      delivery: (message) => {
        // What comes once it is stopped is given back with the stream.
        if (stop.aborted) return;
        const one = settle(message).finally(() => underWay.delete(one));
        underWay.add(one);
      },
    });
  } finally {
    stop.removeEventListener("abort", stopped);
    over.abort();
    // They come again, to this process too: in order, and not twice at once.
    await Promise.all(underWay);
  }
  return { stood };
}

/** The event as the stream has it; one that cannot be read will never be. */
function settled(message: DeliveryMessage, handle: Handle, signal: AbortSignal): Promise<Settlement> {
  const delivery = deliveryOf(message);
  if (delivery) return handle(delivery, signal);
  return Promise.resolve({ as: "dead", reason: "it is no CloudEvents event" });
}

export function deliveryOf({ event: text, ...rest }: DeliveryMessage): Delivery | undefined {
  const event = readStored(text);
  return event && { event, attempt: rest.attempt, sequence: rest.sequence, storedMs: rest.storedMs };
}

type How = NonNullable<DeepPartial<Settle>["how"]>;

function howOf(settlement: Settlement): How {
  switch (settlement.as) {
    case "done":
      return { $case: "ack", value: {} };
    case "again":
      return { $case: "nak", value: { delayMs: settlement.delayMs, reason: settlement.reason } };
    case "dead":
      return { $case: "dead", value: { reason: settlement.reason } };
  }
}
