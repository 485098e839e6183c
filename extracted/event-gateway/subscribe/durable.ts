import { invalid, notFound, type ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Broker } from "@oms/events/broker/broker.ts";
import { bindDurable } from "@oms/events/broker/durable.ts";
import type { Delivery, Settlement, Subscription } from "@oms/events/delivery.ts";
import { subjectOf } from "@oms/events/subject.ts";
import type { Subscriber } from "@oms/events/subscriber.ts";
import type { Settle } from "@oms/protos/oms/events/v1/events.ts";
import { type Client, type Session, withMore } from "./session.ts";

const LONGEST_DELAY_MS = 24 * 3600 * 1000;

type Unsettled = { readonly settle: (settlement: Settlement) => void; readonly working: () => void };

export type DurableParts = {
  readonly broker: Broker;
  readonly env: string;
  readonly subscriber: Subscriber;
  readonly isRegistered: () => Promise<boolean>;
};

export function noSubscriber(name: string): ServiceError {
  return notFound("durable", `there is no subscriber ${name.slice(0, 60)}`);
}

/** A durable whose events are settled by the client, each by its token; who is registered no more is told so. */
export function openDurable(parts: DurableParts, credit: number, client: Client): Session {
  const unsettled = new Map<string, Unsettled>();
  let tokens = 0;
  const handle = (delivery: Delivery, signal: AbortSignal, working: () => void) =>
    new Promise<Settlement>((resolve) => {
      tokens += 1;
      const token = `${tokens}`;
      const settle = (settlement: Settlement) => {
        if (unsettled.delete(token)) resolve(settlement);
      };
      unsettled.set(token, { settle, working });
      signal.addEventListener("abort", () => settle(AGAIN), { once: true });
      client.deliver(toWire(parts.env, token, delivery));
    });
  const isRegistered = async () => {
    const is = await parts.isRegistered();
    if (!is) client.fail(noSubscriber(parts.subscriber.name));
    return is;
  };
  // Each credit binds the durable by itself: together they take as much as the client may have.
  const bind = (most: number) =>
    bindDurable({ ...parts, isRegistered, credit: most, keptAliveBy: "handle" }, handle);
  let allowed = withMore(0, credit, "bind.credit");
  const first = bind(allowed);
  const bindings: Subscription[] = [first];
  return {
    bound: first.bound.then(() => ({ afterSequence: 0 })),
    settle(settle) {
      // One that is not known has come again meanwhile, or is settled.
      answer(unsettled.get(settle.token), settle);
    },
    more(credit) {
      allowed = withMore(allowed, credit, "credit");
      bindings.push(bind(credit));
    },
    async stop() {
      await Promise.all(bindings.map((each) => each.stop()));
    },
  };
}

const AGAIN: Settlement = { as: "again", delayMs: 0, reason: "its subscriber has not settled it" };

function answer(unsettled: Unsettled | undefined, { how }: Settle): void {
  if (how?.$case === "working") unsettled?.working();
  else unsettled?.settle(settlementOf(how));
}

function settlementOf(how: Exclude<Settle["how"], { readonly $case: "working" }>): Settlement {
  switch (how?.$case) {
    case undefined:
      throw invalid("settle.how", "is missing");
    case "ack":
      return { as: "done" };
    case "dead":
      return { as: "dead", reason: how.value.reason };
    case "nak": {
      const { delayMs, reason } = how.value;
      if (delayMs < 0 || delayMs > LONGEST_DELAY_MS)
        throw invalid("settle.nak.delayMs", `must be from 0 to ${LONGEST_DELAY_MS}`);
      return { as: "again", delayMs, reason };
    }
  }
}

function toWire(env: string, token: string, { event, ...delivery }: Delivery) {
  return { token, event: JSON.stringify(event), ...delivery, subject: subjectOf(env, event) };
}
