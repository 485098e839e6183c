import type { Event } from "@oms/events/event.ts";
import { subscriber } from "@oms/events/subscriber.ts";
import { subscribeAtGateway } from "../../story/events/gateway-subscription.ts";
import { openLoop } from "../load.ts";
import { quantile } from "../summary.ts";
import { type Domain, nextEvent } from "./messages.ts";
import { GATEWAY, type Measure, type Sides } from "./sides.ts";

const SECONDS = 4;
const PER_SECOND = 100;
const DOMAINS: Readonly<Record<"gateway" | "raw", Domain>> = { gateway: "branches", raw: "jobs" };

/** How long it takes from before an event is published until its consumer has it, at a steady rate. */
export async function consuming(
  opening: AsyncDisposableStack,
  { gateway, raw, gatewayAddress }: Sides,
): Promise<Readonly<Record<string, Measure>>> {
  const sent = new Map<string, { readonly at: number; readonly arrived: (ms: number) => void }>();
  const arrived = ({ id }: Event) => {
    const known = sent.get(id);
    sent.delete(id);
    known?.arrived(performance.now() - known.at);
  };
  const durable = subscriber.parse({ name: "bench", domain: DOMAINS.gateway, side: "extracted" });
  await gateway.client.putSubscriber({ subscriber: durable });
  const subscription = subscribeAtGateway(gatewayAddress, durable, async ({ event }) => {
    arrived(event);
    return { as: "done" };
  });
  opening.defer(() => subscription.stop());
  await raw.consume(DOMAINS.raw, arrived);
  const published = (publish: (event: Event) => Promise<unknown>, domain: Domain) => {
    const event = nextEvent(domain);
    const arrival = new Promise<number>((resolve) => {
      sent.set(event.id, { at: performance.now(), arrived: resolve });
    });
    return Promise.all([arrival, publish(event)]);
  };
  return {
    async "to a consumer"(side, random) {
      const [publish, domain] =
        side === GATEWAY ? [gateway.publishEvent, DOMAINS.gateway] : [raw.publish, DOMAINS.raw];
      const taken: number[] = [];
      await openLoop({ perSecond: PER_SECOND, seconds: SECONDS, random }, async () => {
        taken.push((await published(publish, domain))[0]);
      });
      return { "to a consumer, p50": quantile(taken, 0.5), "to a consumer, p99": quantile(taken, 0.99) };
    },
  };
}
