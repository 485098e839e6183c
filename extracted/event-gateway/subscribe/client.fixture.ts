import type {
  Bind,
  DeepPartial,
  Delivery,
  EventGatewayServiceClient,
  SubscribeRequest,
} from "@oms/protos/oms/events/v1/events.ts";
import { Outgoing } from "./outgoing.ts";

type How = NonNullable<
  DeepPartial<NonNullable<Extract<SubscribeRequest["message"], { $case: "settle" }>["value"]>>["how"]
>;

/** A stream of Subscribe and what has come on it. */
export function subscribeTo(client: EventGatewayServiceClient, bind: DeepPartial<Bind>) {
  const requests = new Outgoing<DeepPartial<SubscribeRequest>>();
  const cut = new AbortController();
  const deliveries: Delivery[] = [];
  const bound = Promise.withResolvers<number>();
  const waiting: { count: number; resolve: () => void }[] = [];
  requests.put({ message: { $case: "bind", value: bind } });
  const ended = (async () => {
    for await (const { message } of client.subscribe(requests.taken(), { signal: cut.signal })) {
      if (message?.$case === "bound") bound.resolve(message.value.afterSequence);
      if (message?.$case === "delivery") deliveries.push(message.value);
      for (const { count, resolve } of waiting) if (deliveries.length >= count) resolve();
    }
  })();
  ended.catch(bound.reject);
  bound.promise.catch(() => undefined);
  return {
    deliveries,
    bound: bound.promise,
    /** Rejects with what the gateway ended it with. */
    ended,
    ids: () => deliveries.map(({ event }) => String(JSON.parse(event).id)),
    until: (count: number) =>
      new Promise<void>((resolve) => {
        if (deliveries.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    settle: ({ token }: Delivery, how: How) =>
      requests.put({ message: { $case: "settle", value: { token, how } } }),
    credit: (value: number) => requests.put({ message: { $case: "credit", value } }),
    /** Says that there is nothing more to say. */
    end: () => requests.end(),
    /** As when its process is gone. */
    cut: () => cut.abort(),
  };
}
