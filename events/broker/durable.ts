import type { Delivery, Settlement, Subscription } from "../delivery.ts";
import { type Subscriber, typeFilter } from "../subscriber.ts";
import type { Broker } from "./broker.ts";
import type { Connected } from "./connection.ts";
import {
  type Beginning,
  type ConsumerPlan,
  ensureConsumer,
  publishedPlan,
  replayedPlan,
} from "./consumer.ts";
import { Deliveries } from "./deliveries.ts";
import { ensureStream, systemStreamOf } from "./ensure-streams.ts";
import { keepDoing } from "./keep-doing.ts";
import { Pulls } from "./pulls.ts";

export type DurableOptions = {
  readonly broker: Broker;
  readonly env: string;
  readonly subscriber: Subscriber;
  /** How many deliveries are handled at a time; 1 for an ordered subscriber. Absent: 16. */
  readonly credit?: number;
  /**
   * Who says that a delivery is still being worked on. `handle`, by `working`: what is silent for `ackWaitMs` comes
   * again. `itself`, the default: while `handle` runs, up to 20 times `ackWaitMs`.
   */
  readonly keptAliveBy?: "itself" | "handle";
  /** The consumer's name behind the environment. Absent: the subscriber's, under which its dead letters are in any case. */
  readonly durable?: string;
  /** Where a consumer that is made new begins: Unix milliseconds, or a sequence of the stream. Absent: as it is for all. */
  readonly from?: Beginning;
  /**
   * Asked when its consumer has to be made, so that who binds it late does not bring back, from the stream's beginning,
   * what was deleted. Absent: it is made whatever was.
   */
  readonly isRegistered?: () => Promise<boolean>;
  /** What may be unsettled over all who bind it, where it is not ordered. Absent: 2000. */
  readonly mostUnsettled?: number;
};

/** `working` says that the delivery is still being worked on. */
export type DurableHandle = (
  delivery: Delivery,
  signal: AbortSignal,
  working: () => void,
) => Promise<Settlement>;

const CREDIT = 16;

/**
 * Binds a subscriber's durable consumers: of its domain's stream, and of what is replayed to it alone. Goes on by itself
 * whatever becomes of NATS, the stream or the consumer. `bound` resolves when both stand for the first time.
 */
export function bindDurable(
  options: DurableOptions,
  handle: DurableHandle,
): Subscription & { readonly bound: Promise<void> } {
  const { subscriber, env, credit = CREDIT } = options;
  const { durable = subscriber.name, from, mostUnsettled } = options;
  const plan = { env, subscriber, durable, from, mostUnsettled };
  const shared = {
    broker: options.broker,
    credit: subscriber.ordered ? 1 : credit,
    isRegistered: options.isRegistered ?? (async () => true),
    deliveries: new Deliveries({ ...options, handle, wants: typeFilter(subscriber.types) }),
  };
  const published = new Binding(shared, publishedPlan(plan));
  const replayed = new Binding(shared, replayedPlan(plan));
  return {
    bound: Promise.all([published.bound, replayed.bound]).then(() => undefined),
    async stop() {
      shared.deliveries.stop();
      await Promise.all([published.stop(), replayed.stop()]);
    },
  };
}

type BindingParts = {
  readonly broker: Broker;
  readonly credit: number;
  readonly isRegistered: () => Promise<boolean>;
  readonly deliveries: Deliveries;
};

/** One consumer, bound again whenever it is lost. */
class Binding {
  readonly #parts: BindingParts;
  readonly #plan: ConsumerPlan;
  readonly #stopping = new AbortController();
  readonly #standing = Promise.withResolvers<void>();
  readonly #running: Promise<void>;

  constructor(parts: BindingParts, plan: ConsumerPlan) {
    this.#parts = parts;
    this.#plan = plan;
    const { signal } = this.#stopping;
    this.#running = keepDoing(
      signal,
      () => this.#bind(),
      (err) => {
        const { stream, name } = plan;
        parts.broker.log?.warn({ err, stream, consumer: name }, "a consumer is lost");
      },
    );
  }

  get bound(): Promise<void> {
    return this.#standing.promise;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Until the consumer is lost, the connection is another, or it is stopped. */
  async #bind(): Promise<void> {
    const { broker, credit, deliveries } = this.#parts;
    const { signal } = this.#stopping;
    const over = Promise.withResolvers<void>();
    const connected = await broker.connected();
    const forget = broker.onConnected(() => over.resolve());
    const stop = () => over.resolve();
    signal.addEventListener("abort", stop, { once: true });
    try {
      await this.#ensure(connected);
      if (signal.aborted) return;
      const { stream, name } = this.#plan;
      const pulls = new Pulls(connected, {
        stream,
        name,
        credit,
        take: (message) => deliveries.take(stream, message),
      });
      this.#standing.resolve();
      await Promise.race([over.promise, pulls.lost]);
      await pulls.stop();
    } finally {
      signal.removeEventListener("abort", stop);
      forget();
    }
  }

  async #ensure({ manager }: Connected): Promise<void> {
    const own = systemStreamOf(this.#plan.config.filter_subject ?? "");
    if (own) await ensureStream(manager, own, this.#parts.broker.settings);
    await ensureConsumer(manager, this.#plan, this.#parts.isRegistered);
  }
}
