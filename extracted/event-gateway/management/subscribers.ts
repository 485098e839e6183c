import { currentContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Broker } from "@oms/events/broker/broker.ts";
import { forgetDurable, type Lag, lagOf } from "@oms/events/broker/lag.ts";
import type { EventDocuments } from "@oms/events/documents.ts";
import { type Subscriber, subscriber } from "@oms/events/subscriber.ts";
import type { z } from "zod";
import { valid } from "../valid.ts";

export type SubscriberInput = z.input<typeof subscriber>;

/** How far it is behind, where NATS says so. */
export type SubscriberStatus = { readonly subscriber: Subscriber } & Partial<Lag>;

/** What is asked of subscribers, over gRPC and REST alike. */
export type Subscribers = {
  /**
   * Creates or replaces; without `side` it keeps the one it has. INVALID_ARGUMENT with the field;
   * FAILED_PRECONDITION on `domain`, which must have a stream and never changes.
   */
  readonly put: (input: SubscriberInput) => Promise<Subscriber>;
  readonly find: (name: string) => Promise<Subscriber | undefined>;
  /** By name. */
  readonly list: () => Promise<readonly SubscriberStatus[]>;
  /** One that is not there stays away; where it stood is forgotten. UNAVAILABLE while NATS is away: ask again. */
  readonly delete: (name: { readonly name: string }) => Promise<void>;
};

export type SubscribersParts = {
  readonly broker: Broker;
  readonly env: string;
  readonly documents: EventDocuments<Subscriber>;
  readonly requireDomain: (domain: string) => Promise<void>;
};

export function createSubscribers({ broker, env, documents, requireDomain }: SubscribersParts): Subscribers {
  return {
    async put(input) {
      const asked = valid(subscriber, input);
      await requireDomain(asked.domain);
      const known = await documents.get(asked.name);
      if (known && known.body.domain !== asked.domain) throw moved(known.body.domain);
      const side = input.side ?? known?.body.side ?? asked.side;
      const { body } = await documents.put(asked.name, { ...asked, side }, known?.revision ?? "");
      return body;
    },
    find: async (name) => (await documents.get(name))?.body,
    async list() {
      const all = await documents.list();
      return Promise.all(
        all.map(async ({ body }) => ({ subscriber: body, ...(await lagOrNothing(broker, env, body)) })),
      );
    },
    async delete({ name }) {
      const known = await documents.get(name);
      const bound = known && !known.body.follow && !currentContext().shadow ? known.body : undefined;
      // Asked again without its document, nobody would know where it stood.
      if (bound) await broker.connected();
      await documents.delete(name);
      if (bound) await forgetDurable(broker, env, bound);
    },
  };
}

async function lagOrNothing(broker: Broker, env: string, of: Subscriber): Promise<Partial<Lag>> {
  if (of.follow || !broker.isUp) return {};
  try {
    return await lagOf(broker, env, of);
  } catch (error) {
    if (error instanceof ServiceError && error.code === "UNAVAILABLE") return {};
    throw error;
  }
}

function moved(from: string): ServiceError {
  const message = `is ${from} for as long as the subscriber is there`;
  return new ServiceError("FAILED_PRECONDITION", `domain ${message}`, [{ field: "domain", message }]);
}
