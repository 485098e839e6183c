import { isAnswer, ServiceError } from "@oms/chassis/errors/service-error.ts";
import { openChannel } from "@oms/chassis/grpc-channel.ts";
import type { Tail } from "@oms/events/broker/commits.ts";
import type { Outcome, PublishResult, Receipt, Refusal, Sent } from "@oms/events/port.ts";
import { publishResult } from "@oms/events/replies.ts";
import * as wire from "@oms/protos/oms/events/v1/events.ts";
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
    this.#channel = openChannel(wire.EventGatewayServiceDefinition, {
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
    const refused = refusal && refusalFrom(refusal);
    if (sequences.length === 0 && refused) rejectFailure(refused);
    return {
      sequences,
      ...(refused && { refusal: refused }),
      ...(envelopes.length > 0 && { envelopes: envelopes.map(sentFrom) }),
    };
  }

  async tail(request: { readonly subject: string }): Promise<Tail> {
    const { lastSequence, sequence, position, maxBytes } = await this.#channel.client.getTail(request);
    return { lastSequence, sequence, position, maxBytes };
  }

  async publishOutgoing({ events }: OutgoingEvents): Promise<PublishedEvents> {
    const texts = events.map((event) => JSON.stringify(event));
    const { results } = await this.#channel.client.publishBatch({ events: texts });
    if (results.length !== texts.length) throw garbage("another number of results than events");
    return { results: rejectUntaken(results.map(resultFrom)) };
  }
}

function rejectFailure(refusal: Refusal): void {
  const error = errorOf(refusal);
  if (!isAnswer(error)) throw error;
}

function resultFrom({ result }: wire.PublishResult): PublishResult {
  if (result?.$case === "receipt") return { receipt: receiptFrom(result.value) };
  if (result?.$case === "refusal") return { refusal: refusalFrom(result.value) };
  throw garbage("an event without its result");
}

function receiptFrom({ source, id, outcome, stream, sequence, duplicate, envelope }: wire.Receipt): Receipt {
  const known = OUTCOMES[outcome];
  if (!known) throw garbage("a receipt without its outcome");
  const place = known === "stored" ? { stream, sequence, duplicate } : {};
  return { source, id, outcome: known, ...place, ...(envelope && { envelope: sentFrom(envelope) }) };
}

const OUTCOMES: Readonly<Record<number, Outcome>> = {
  [wire.Outcome.OUTCOME_STORED]: "stored",
  [wire.Outcome.OUTCOME_QUEUED]: "queued",
  [wire.Outcome.OUTCOME_RECORDED]: "recorded",
};

function sentFrom({ subject, messageId, contentType, digest, bytes }: wire.Envelope): Sent {
  return { subject, messageId, contentType, digest, bytes };
}

function refusalFrom({ code, message, field }: wire.Refusal): Refusal {
  const read = publishResult.safeParse({ refusal: { code, message, field } }).data;
  if (!read || !("refusal" in read)) throw garbage("a refusal without its code");
  return read.refusal;
}

function garbage(what: string): ServiceError {
  return new ServiceError("UNAVAILABLE", `the event gateway answered ${what}`);
}
