import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import type { Event } from "@oms/events/event.ts";
import { Order } from "@oms/protos/oms/events/v1/events.ts";
import { startMeasured } from "../measured-process.ts";
import { quantile } from "../summary.ts";
import { openGatewayClient } from "./gateway.ts";
import { type Domain, nextEvent } from "./messages.ts";
import { GATEWAY, type Measure, type Sides } from "./sides.ts";

const HOST = "127.0.0.1";
/** Of NATS's own for this, so that no other event comes to the endpoints. */
const DOMAIN: Domain = "branches";
const ENDPOINTS = 100;
const SPACED = { events: 10, everyMs: 500 };
const AT_ONCE = 20;

/** Events to webhooks, each event to a hundred. */
export function fanOut({ sendingEnv }: Sides): Readonly<Record<string, Measure>> {
  return {
    async "a hundred webhooks"(side) {
      if (side !== GATEWAY) return {};
      await using opening = new AsyncDisposableStack();
      const receiver = startReceiver(opening);
      const started = await startMeasured(["extracted/event-gateway/main.ts"], sendingEnv);
      opening.defer(started.stop);
      const { client, publishEvent } = openGatewayClient(opening, started.address);
      for (let n = 0; n < ENDPOINTS; n++)
        await client.putWebhook({
          webhook: { id: `hook-${n}`, url: receiver.url(n), domain: DOMAIN, order: Order.ORDER_NONE },
        });
      const published = async () => {
        const event = nextEvent(DOMAIN);
        const all = receiver.allOf(event);
        await publishEvent(event);
        return all;
      };
      // The first goes when all are bound.
      await published();
      const spaced: Promise<readonly number[]>[] = [];
      for (let n = 0; n < SPACED.events; n++) {
        spaced.push(published());
        await wait(SPACED.everyMs);
      }
      const latencies = (await Promise.all(spaced)).flat();
      const began = performance.now();
      await Promise.all(Array.from({ length: AT_ONCE }, published));
      const seconds = (performance.now() - began) / 1000;
      return {
        "to 100 webhooks, p50": quantile(latencies, 0.5),
        "to 100 webhooks, p99": quantile(latencies, 0.99),
        "to 100 webhooks, 20 events at once": (AT_ONCE * ENDPOINTS) / seconds,
      };
    },
  };
}

type Receiver = {
  readonly url: (endpoint: number) => string;
  /** How long after now each endpoint had the event, in milliseconds, once all have. */
  readonly allOf: (event: Event) => Promise<readonly number[]>;
};

function startReceiver(opening: AsyncDisposableStack): Receiver {
  const awaited = new Map<string, (endpoint: string) => void>();
  const server = createServer(async (request, response) => {
    const { id } = (await json(request)) as Event;
    response.end();
    awaited.get(id)?.(request.url ?? "");
  });
  server.listen(0, HOST);
  opening.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: (endpoint) => `http://${HOST}:${(server.address() as AddressInfo).port}/${endpoint}`,
    allOf({ id }) {
      const began = performance.now();
      const taken = new Map<string, number>();
      return new Promise((resolve) => {
        awaited.set(id, (endpoint) => {
          if (!taken.has(endpoint)) taken.set(endpoint, performance.now() - began);
          if (taken.size === ENDPOINTS) resolve([...taken.values()]);
        });
      });
    },
  };
}
