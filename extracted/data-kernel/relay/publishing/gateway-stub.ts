import { isAnswer } from "@oms/chassis/errors/service-error.ts";
import { openChannel } from "@oms/chassis/grpc-channel.ts";
import type { Tail } from "@oms/events/broker/commits.ts";
import type { Refusal } from "@oms/events/port.ts";
import { envelopeFromWire, refusalFromWire, resultsFromWire } from "@oms/events/wire.ts";
import { EventGatewayServiceDefinition } from "@oms/protos/oms/events/v1/events.ts";
import type {
  CommitsToPublish,
  OutgoingEvents,
  PublishedCommits,
  PublishedEvents,
  RelayEvents,
} from "./port.ts";
import { errorOf, rejectUntaken } from "./untaken.ts";

/** The strangler's own deadline, by method, comes first. */
const LAST_RESORT_MS = 10_000;
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

/** The event gateway as the relay calls it. */
export class GatewayStub implements RelayEvents {
  readonly #channel;

  /** `address` is `host:port`, or several. The strangler has the breaker of this hop, so the channel has none. */
  constructor(address: string) {
    this.#channel = openChannel(EventGatewayServiceDefinition, {
      address,
      breaker: false,
      deadlineMs: LAST_RESORT_MS,
      maxMessageBytes: MAX_MESSAGE_BYTES,
    });
  }

  /** The build that answered last; `unknown` before. */
  build(): string {
    return this.#channel.build();
  }

  close(): void {
    this.#channel.close();
  }

  async publishCommits({ messages, lastSequence }: CommitsToPublish): Promise<PublishedCommits> {
    const request = { messages: [...messages], lastSequence };
    const { sequences, refusal, envelopes } = await this.#channel.client.publishCommits(request);
    const refused = refusal && refusalFromWire(refusal);
    if (sequences.length === 0 && refused) rejectFailure(refused);
    return {
      sequences,
      ...(refused && { refusal: refused }),
      ...(envelopes.length > 0 && { envelopes: envelopes.map(envelopeFromWire) }),
    };
  }

  async tail(request: { readonly subject: string }): Promise<Tail> {
    const { lastSequence, sequence, position, maxBytes } = await this.#channel.client.getTail(request);
    return { lastSequence, sequence, position, maxBytes };
  }

  async publishOutgoing({ events }: OutgoingEvents): Promise<PublishedEvents> {
    const texts = events.map((event) => JSON.stringify(event));
    const { results } = await this.#channel.client.publishBatch({ events: texts });
    return { results: rejectUntaken(resultsFromWire(results, texts.length)) };
  }
}

function rejectFailure(refusal: Refusal): void {
  const error = errorOf(refusal);
  if (!isAnswer(error)) throw error;
}
