import type { Delivery, Settlement } from "../delivery.ts";
import { readStored } from "../stored-event.ts";
import { REPLAY_STREAM } from "../streams.ts";
import type { Subscriber } from "../subscriber.ts";
import type { Broker } from "./broker.ts";
import type { Brought } from "./brought.ts";
import { bury } from "./bury.ts";
import { GIVEN_BACK, Watch } from "./watch.ts";

export type DeliveriesOptions = {
  readonly broker: Broker;
  readonly env: string;
  readonly subscriber: Pick<Subscriber, "name" | "maxDeliver" | "ackWaitMs">;
  readonly keptAliveBy?: "itself" | "handle";
  readonly handle: (delivery: Delivery, signal: AbortSignal, working: () => void) => Promise<Settlement>;
  /** Whether the subscriber asks for events of this type. */
  readonly wants: (type: string) => boolean;
};

/** How long a handler may go on when its subscription stops. */
const GRACE_MS = 5000;

/** What becomes of a subscriber's deliveries. */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #stopping = new AbortController();

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /** What is not settled soon comes again, to somebody else. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Resolves when it is settled or left to come again. */
  async take(stream: string, message: Brought): Promise<void> {
    const { broker, wants, subscriber } = this.#options;
    try {
      const event = readStored(message.text());
      if (event && stream !== REPLAY_STREAM && !wants(event.type)) {
        message.done();
        return;
      }
      const settlement = await this.#settlementOf(event, message);
      if (settlement) await this.#settle(settlement, stream, message);
    } catch (error) {
      broker.log?.warn(
        { err: error, subscriber: subscriber.name },
        "a delivery could not be settled; it comes again",
      );
    }
  }

  async #settlementOf(
    event: Delivery["event"] | undefined,
    message: Brought,
  ): Promise<Settlement | undefined> {
    const { maxDeliver } = this.#options.subscriber;
    const { attempt, sequence, storedMs } = message;
    if (!event) return { as: "dead", reason: "it is no CloudEvents event", attempts: attempt };
    if (attempt > maxDeliver)
      return { as: "dead", reason: "it was delivered too often and not settled", attempts: attempt - 1 };
    if (this.#stopping.signal.aborted) return GIVEN_BACK;
    return this.#handled({ event, attempt, sequence, storedMs }, message);
  }

  /** Undefined: it was silent for too long, and JetStream brings it again. */
  async #handled(delivery: Delivery, message: Brought): Promise<Settlement | undefined> {
    const { handle } = this.#options;
    const { keptAliveBy = "itself", subscriber } = this.#options;
    const watch = new Watch(message, { keptAliveBy, ackWaitMs: subscriber.ackWaitMs });
    const stop = () => watch.end(GRACE_MS);
    const { signal } = this.#stopping;
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    try {
      return await Promise.race([handle(delivery, watch.signal, () => watch.working()), watch.given]);
    } catch (error) {
      this.#options.broker.log?.warn(
        { err: error, subscriber: subscriber.name },
        "a handler threw; its event comes again",
      );
      return { as: "again", delayMs: 1000, reason: "its handler failed" };
    } finally {
      signal.removeEventListener("abort", stop);
      watch.close();
    }
  }

  async #settle(settlement: Settlement, stream: string, message: Brought): Promise<void> {
    const { broker, env, subscriber } = this.#options;
    const attempt = message.attempt;
    // A subscription that stops has not failed: what it gives back is not counted against the event.
    const isGivenBack = this.#stopping.signal.aborted && settlement.as === "again";
    const isLast = settlement.as === "again" && !isGivenBack && attempt >= subscriber.maxDeliver;
    if (settlement.as === "done") message.done();
    else if (settlement.as === "again" && !isLast) message.again(settlement.delayMs);
    else {
      const { reason } = settlement;
      const attempts = "attempts" in settlement ? (settlement.attempts ?? attempt) : attempt;
      await bury(broker, message, { env, subscriber: subscriber.name, stream, reason, attempts });
      message.gone();
    }
    broker.observe?.settled(subscriber.name, isLast ? "dead" : settlement.as, attempt);
  }
}
