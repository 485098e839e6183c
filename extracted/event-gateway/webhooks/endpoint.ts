import { setTimeout as delay } from "node:timers/promises";
import type { Broker } from "@oms/events/broker/broker.ts";
import { bindDurable, type DurableHandle, type DurableOptions } from "@oms/events/broker/durable.ts";
import { lagOf } from "@oms/events/broker/lag.ts";
import type { Delivery, Settlement } from "@oms/events/delivery.ts";
import { identityOf } from "@oms/events/event.ts";
import { ABREAST, Dispatcher, type DispatcherOptions } from "./dispatcher.ts";
import { KeyOrder } from "./key-order.ts";
import type { BreakerState } from "./port.ts";
import { consumerOf, type StoredWebhook } from "./stored.ts";

export type EndpointOptions = DispatcherOptions & { readonly broker: Broker; readonly env: string };

/** What a gateway that died had in hand comes to another after so long. */
const ACK_WAIT_MS = 10_000;
/** In the order of keys what waits for another event of its key is in hand too. */
const MOST_IN_HAND = 512;
/** After so many an event is a dead letter, whatever was tried: gateways have died of it. */
const MOST_DELIVERIES = 1000;
/** By then all of it has come. */
const LONGEST_AWAY_MS = ACK_WAIT_MS + 5000;
const LOOK_MS = 100;

/** Sends one endpoint its events until it is stopped. */
export class Endpoint {
  readonly #options: EndpointOptions;
  readonly #dispatcher: Dispatcher;
  readonly #order: KeyOrder | undefined;
  readonly #stopping = new AbortController();
  readonly #binding: ReturnType<typeof bindDurable>;
  /** What comes once more while it is in hand is settled with it. */
  readonly #inHand = new Map<string, Promise<Settlement>>();

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.#dispatcher = new Dispatcher(options);
    if (options.webhook.order === "key") this.#order = new KeyOrder();
    this.#binding = bindDurable(durableOf(options), (...given) => this.#handle(...given));
    if (this.#order) void this.#openOrder(this.#order);
  }

  get webhook(): StoredWebhook {
    return this.#options.webhook;
  }

  get breaker(): BreakerState {
    return this.#dispatcher.breaker;
  }

  /** Gives back what is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#order?.open();
    await this.#binding.stop();
    this.#dispatcher.close();
  }

  readonly #handle: DurableHandle = async (delivery, signal, working) => {
    const key = `${delivery.sequence} ${identityOf(delivery.event)}`;
    const known = this.#inHand.get(key);
    const settled = known ?? this.#inTurn(delivery, signal);
    if (!known) this.#inHand.set(key, settled);
    const beating = setInterval(working, ACK_WAIT_MS / 3);
    try {
      return await settled;
    } finally {
      clearInterval(beating);
      if (!known) this.#inHand.delete(key);
    }
  };

  #inTurn(delivery: Delivery, signal: AbortSignal): Promise<Settlement> {
    const deliver = () => this.#dispatcher.deliver(delivery, signal);
    return this.#order ? this.#order.run(delivery, deliver) : deliver();
  }

  /**
   * When all that is unsettled is here: until then older events of a key may still be with an earlier gateway. A NATS
   * that comes back may have forgotten what it had brought, and counts for nothing: what there is has come in time.
   */
  async #openOrder(order: KeyOrder): Promise<void> {
    const { signal } = this.#stopping;
    const { broker, env, webhook } = this.#options;
    await this.#binding.bound;
    let isCounted: boolean = true;
    let untilMs = performance.now() + LONGEST_AWAY_MS;
    const forget = broker.onConnected(() => {
      isCounted = false;
      untilMs = performance.now() + LONGEST_AWAY_MS;
    });
    while (!signal.aborted && performance.now() < untilMs) {
      // Before it is asked: what comes meanwhile is not among what it tells.
      const { waiting } = order;
      const lag = await lagOf(broker, env, consumerOf(webhook)).catch(() => undefined);
      if (isCounted && lag && lag.unsettled <= waiting) break;
      await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
    forget();
    order.open();
  }
}

function durableOf({ broker, env, webhook }: EndpointOptions): DurableOptions {
  const { order, types, from } = webhook;
  const { name, domain, durable } = consumerOf(webhook);
  const inHand =
    order === "key" ? { credit: MOST_IN_HAND, mostUnsettled: MOST_IN_HAND } : { credit: ABREAST };
  return {
    broker,
    env,
    subscriber: {
      name,
      domain,
      types,
      follow: false,
      ordered: order === "all",
      maxDeliver: MOST_DELIVERIES,
      ackWaitMs: ACK_WAIT_MS,
      side: "extracted",
    },
    durable,
    from,
    keptAliveBy: "handle",
    ...inHand,
  };
}
