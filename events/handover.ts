import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Doc, Kernel } from "@oms/data-kernel/client.ts";
import type { EventDocuments } from "./documents.ts";
import type { Subscriber, SubscriberSide } from "./subscriber.ts";
import { subscriberDocuments } from "./subscribers.ts";

/** A subscriber, who binds it, and what the flag routes it by. */
export type OwnedSubscriber = {
  readonly id: string;
  readonly side: SubscriberSide;
  readonly fields: { readonly author: string };
};

const MOST_TRIES = 20;

/** In whose name a subscriber works. */
export const authorOf = ({ name }: Pick<Subscriber, "name">): string => `${name}@oms`;

/** Gives subscribers to the other side: one commit that asserts the document as it was read. */
export class SubscribersHandover {
  readonly #documents: EventDocuments<Subscriber>;

  constructor(kernel: Kernel, env: string) {
    this.#documents = subscriberDocuments(kernel, env);
  }

  async *items(): AsyncIterable<OwnedSubscriber> {
    for (const { body } of await unattended(() => this.#documents.list()))
      yield { id: body.name, side: body.side, fields: { author: authorOf(body) } };
  }

  /** Does nothing where it has that side, or is not there. */
  async move(id: string, to: SubscriberSide): Promise<void> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const found = await unattended(() => this.#documents.get(id));
      if (!found || found.body.side === to || (await this.#put(found, to))) return;
    }
    const message = "is being changed by others all the time";
    throw new ServiceError("ABORTED", `subscriber ${id} ${message}`, [{ field: "id", message }]);
  }

  /** False where it was no longer as it was read. */
  async #put({ body, revision }: Doc<Subscriber>, side: SubscriberSide): Promise<boolean> {
    try {
      await unattended(() => this.#documents.put(body.name, { ...body, side }, revision));
      return true;
    } catch (error) {
      if (error instanceof ServiceError && error.code === "ABORTED") return false;
      throw error;
    }
  }
}

/** A context of its own, and so a key of its own, for each call. */
function unattended<R>(run: () => Promise<R>): Promise<R> {
  return runInContext(newContext({ author: "handover@oms" }), run);
}
