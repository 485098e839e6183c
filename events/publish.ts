import { type CallContext, currentContext } from "@oms/chassis/context/context.ts";
import { invalid, ServiceError } from "@oms/chassis/errors/service-error.ts";
import pLimit from "p-limit";
import { type Envelope, envelopeOf } from "./envelope.ts";
import { type Event, MOST_EVENTS, parseEvent, parseEventText } from "./event.ts";
import type { Publisher, PublishResult, Receipt, Sent } from "./port.ts";
import { refusalOf } from "./refusal.ts";
import type { EventSchemas } from "./schemas.ts";
import { RESERVED } from "./streams.ts";
import { domainOf } from "./subject.ts";

/** Brings an envelope to where it is kept. Rejects as `Publisher.publish` does. */
export type Send = (
  envelope: Envelope,
) => Promise<Pick<Receipt, "outcome" | "stream" | "sequence" | "duplicate">>;

export type PublisherOptions = {
  /** First part of every subject. */
  readonly env: string;
  readonly send: Send;
  readonly schemas: Pick<EventSchemas, "check">;
  /** Asked in a shadow call, where nothing is sent: rejects with FAILED_PRECONDITION where no stream takes the subject. */
  readonly requireStream: (subject: string) => Promise<void>;
};

/** Events may also come as texts in the JSON format; `events[3].` stands before the fields of a batch. */
export type TextPublisher = Publisher & {
  readonly publishText: (text: string) => Promise<Receipt>;
  readonly publishTexts: (texts: readonly string[]) => Promise<readonly PublishResult[]>;
};

type Prepared = { readonly event: Event; readonly envelope: Envelope };

/** Of batches, all together; more would not be faster. */
const MOST_UNDER_WAY = 256;

/**
 * What both sides do with an event before it goes: it is parsed, held to its schema and given the trace of the call. In
 * a shadow call it is recorded and not sent.
 */
export function createPublisher({ env, send, schemas, requireStream }: PublisherOptions): TextPublisher {
  const limit = pLimit(MOST_UNDER_WAY);

  async function prepared(event: Event, at = ""): Promise<Prepared> {
    await schemas.check(event, at);
    const traced = withTrace(event, currentContext());
    return { event, envelope: envelopeOf(env, traced) };
  }

  async function sent({ event: { source, id, type }, envelope }: Prepared): Promise<Receipt> {
    const { shadow, evidence } = currentContext();
    requireOpen(type);
    if (shadow) {
      await requireStream(envelope.subject).catch(unlessAway);
      return { source, id, outcome: "recorded", envelope: comparable(envelope) };
    }
    const outcome = await send(envelope);
    return { source, id, ...outcome, ...(evidence && { envelope: comparable(envelope) }) };
  }

  async function batch<T>(
    inputs: readonly T[],
    parse: (input: T, at: string) => Event,
  ): Promise<PublishResult[]> {
    if (inputs.length > MOST_EVENTS) throw invalid("events", `must be at most ${MOST_EVENTS}`);
    const parsed = inputs.map((input, i) => parse(input, `events[${i}].`));
    const all = await Promise.all(parsed.map((event, i) => prepared(event, `events[${i}].`)));
    return Promise.all(all.map((each) => limit(() => resultOf(sent(each)))));
  }

  return {
    publish: async (event) => sent(await prepared(parseEvent(event))),
    publishText: async (text) => sent(await prepared(parseEventText(text))),
    publishBatch: (events) => batch(events, parseEvent),
    publishTexts: (texts) => batch(texts, parseEventText),
  };
}

/** FAILED_PRECONDITION on `type` of a domain that nobody publishes to by name. */
export function requireOpen(type: string): void {
  if (!RESERVED.has(domainOf(type))) return;
  const message = "is of a domain that the system has for itself";
  throw new ServiceError("FAILED_PRECONDITION", `type ${message}`, [{ field: "type", message }]);
}

/** Where there is a stream is not asked to be known while NATS is away: nothing was to be sent. */
function unlessAway(error: unknown): void {
  if (!(error instanceof ServiceError && error.code === "UNAVAILABLE")) throw error;
}

function withTrace(event: Event, { traceparent }: CallContext): Event {
  return event.traceparent === undefined ? { ...event, traceparent } : event;
}

function comparable({ body, ...envelope }: Envelope): Sent {
  return { ...envelope, bytes: Buffer.byteLength(body) };
}

async function resultOf(receipt: Promise<Receipt>): Promise<PublishResult> {
  try {
    return { receipt: await receipt };
  } catch (error) {
    if (error instanceof ServiceError) return { refusal: refusalOf(error) };
    throw error;
  }
}
