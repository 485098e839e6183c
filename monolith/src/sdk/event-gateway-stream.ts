import type {
  Bind,
  DeepPartial,
  Delivery as DeliveryMessage,
  EventGatewayServiceClient,
  SubscribeRequest,
} from "@oms/protos/oms/events/v1/events.ts";
import { Outgoing } from "./outgoing.ts";

/** How long the gateway may take to end a stream that this side has ended, in milliseconds. */
const END_MS = 2000;

type Message = DeepPartial<SubscribeRequest>;
export type Client = Pick<EventGatewayServiceClient, "subscribe">;

/** What happens on a stream, in its order. */
export type StreamEvents = {
  /** It stands; `after`: behind which sequence a look begins. */
  readonly bound: (after: number) => void;
  readonly delivery: (message: DeliveryMessage) => void;
};

/** One Subscribe stream. */
export class GatewayStream {
  readonly #requests = new Outgoing<Message>();
  readonly #cut = new AbortController();
  readonly #client: Client;
  readonly #bind: DeepPartial<Bind>;

  constructor(client: Client, bind: DeepPartial<Bind>) {
    this.#client = client;
    this.#bind = bind;
  }

  /** Resolves when the stream was ended in order, rejects when it was lost. */
  async run(on: StreamEvents): Promise<void> {
    this.send({ message: { $case: "bind", value: this.#bind } });
    try {
      for await (const { message } of this.#client.subscribe(this.#requests, { signal: this.#cut.signal })) {
        if (message?.$case === "bound") on.bound(message.value.afterSequence);
        if (message?.$case === "delivery") on.delivery(message.value);
      }
    } catch (error) {
      if (!this.#cut.signal.aborted) throw error;
    } finally {
      this.#requests.end();
    }
  }

  send(request: Message): void {
    this.#requests.send(request);
  }

  /** What was sent gets there first; a gateway that is silent then is left. */
  end(): void {
    this.#requests.end();
    setTimeout(() => this.#cut.abort(), END_MS).unref();
  }
}
