import { isDeepStrictEqual } from "node:util";
import type { Logger } from "@oms/chassis/log.ts";
import type { Following, Handle, Subscription, Transport } from "@oms/events/delivery.ts";
import type { Subscriber, SubscriberSide } from "@oms/events/subscriber.ts";

/** What OMS does with a subscriber's events: settles each, or only looks at them, newly begun for each binding. */
export type Taking = { readonly handle: Handle } | { readonly follow: () => Following };

export type BindingsParts = {
  readonly transport: (side: SubscriberSide) => Promise<Transport>;
  /** By the subscriber's name. */
  readonly taking: ReadonlyMap<string, Taking>;
  readonly bound: (subscriber: string, side: SubscriberSide | undefined) => void;
  readonly log: Pick<Logger, "info" | "warn">;
};

type Binding = { readonly subscriber: Subscriber; readonly subscription: Subscription };

/** Which subscribers this process is bound to, and how: as their documents say. */
export class Bindings {
  readonly #parts: BindingsParts;
  readonly #bindings = new Map<string, Binding>();
  /** Of bindings that were replaced, with something under way. */
  readonly #ending = new Set<Promise<void>>();
  #last: Promise<void> = Promise.resolve();
  #stopped: boolean = false;

  constructor(parts: BindingsParts) {
    this.#parts = parts;
  }

  /** Binds what is new or has changed, lets go of what is gone. Resolves when that is begun; what failed, the next call tries. */
  apply(subscribers: Iterable<Subscriber>): Promise<void> {
    const wanted = new Map(Array.from(subscribers, (each) => [each.name, each] as const));
    this.#last = this.#last.then(() => this.#applyNow(wanted));
    return this.#last;
  }

  /** Gives back what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#last;
    for (const name of [...this.#bindings.keys()]) this.#release(name);
    await Promise.all(this.#ending);
  }

  async #applyNow(wanted: ReadonlyMap<string, Subscriber>): Promise<void> {
    for (const [name, taking] of this.#parts.taking) {
      const subscriber = wanted.get(name);
      if (this.#stopped || isDeepStrictEqual(subscriber, this.#bindings.get(name)?.subscriber)) continue;
      if (!subscriber) this.#release(name);
      else await this.#bind(subscriber, taking);
    }
  }

  /** The other side is bound before this one lets go: for a moment both are, and nothing waits for either. */
  async #bind(subscriber: Subscriber, taking: Taking): Promise<void> {
    const { name, side } = subscriber;
    try {
      const transport = await this.#parts.transport(side);
      const subscription =
        "handle" in taking
          ? transport.subscribe(subscriber, taking.handle)
          : followed(transport, subscriber, taking.follow());
      this.#release(name);
      this.#bindings.set(name, { subscriber, subscription });
      this.#parts.bound(name, side);
      this.#parts.log.info({ subscriber: name, side }, "a subscriber is bound");
    } catch (err) {
      this.#parts.log.warn(
        { err, subscriber: name, side },
        "a subscriber could not be bound; it will be tried again",
      );
    }
  }

  #release(name: string): void {
    const binding = this.#bindings.get(name);
    if (!binding) return;
    this.#bindings.delete(name);
    this.#parts.bound(name, undefined);
    const ending = binding.subscription
      .stop()
      .catch((err: unknown) =>
        this.#parts.log.warn({ err, subscriber: name }, "a subscriber did not end well"),
      )
      .finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}

/** Once it is stopped it stands no more. */
function followed(transport: Transport, { domain }: Subscriber, following: Following): Subscription {
  const subscription = transport.follow(domain, following);
  return {
    async stop() {
      following.stands(false);
      await subscription.stop();
    },
  };
}
