import { invalid } from "@oms/chassis/errors/service-error.ts";
import type { Broker } from "@oms/events/broker/broker.ts";
import { newestOf } from "@oms/events/broker/newest.ts";
import { asked } from "@oms/events/broker/refusals.ts";
import { WEBHOOKS_STREAM } from "@oms/events/streams.ts";
import type { DeliveriesPage, WebhookDelivery } from "./port.ts";

/** The attempts at endpoints: a stream that keeps the last of each. What it does not take is missing there. */
export class DeliveryLog {
  readonly #broker: Broker;
  readonly #env: string;

  constructor(broker: Broker, env: string) {
    this.#broker = broker;
    this.#env = env;
  }

  /** Waits for nobody. */
  record(id: string, delivery: WebhookDelivery): void {
    const send = async () => {
      const { connection } = await this.#broker.connected();
      connection.publish(this.#subject(id), JSON.stringify(delivery));
    };
    send().catch(() => undefined);
  }

  /** Newest first. INVALID_ARGUMENT on `pageToken`. */
  async page(id: string, pageSize: number, pageToken?: string): Promise<DeliveriesPage> {
    const before = pageToken === undefined ? undefined : sequenceIn(pageToken);
    const kept = await newestOf(this.#broker, {
      stream: WEBHOOKS_STREAM,
      subject: this.#subject(id),
      before,
      count: pageSize + 1,
    });
    const shown = kept.slice(0, pageSize);
    const oldest = shown.at(-1);
    return {
      deliveries: shown.map(({ text }) => JSON.parse(text) as WebhookDelivery),
      ...(kept.length > pageSize && oldest && { nextPageToken: `${oldest.sequence}` }),
    };
  }

  /** Those of an endpoint are forgotten. UNAVAILABLE while NATS is away. */
  async forget(id: string): Promise<void> {
    const { manager } = await this.#broker.connected();
    await asked(() => manager.streams.purge(WEBHOOKS_STREAM, { filter: this.#subject(id) }));
  }

  #subject(id: string): string {
    return `${this.#env}.webhooks.${id}`;
  }
}

function sequenceIn(token: string): number {
  if (!/^[1-9]\d{0,14}$/.test(token)) throw invalid("pageToken", "is none that was given");
  return Number(token);
}
