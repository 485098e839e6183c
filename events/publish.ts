import type { Envelope } from "./envelope.ts";
import type { Event } from "./event.ts";
import type { Publisher, PublishResult, Receipt } from "./port.ts";
import type { EventSchemas } from "./schemas.ts";

/** Brings an envelope to where it is kept. Rejects as `Publisher.publish` does. */
export type Send = (
  envelope: Envelope,
) => Promise<Pick<Receipt, "outcome" | "stream" | "sequence" | "duplicate">>;

export type PublisherOptions = {
  /** First part of every subject. */
  readonly env: string;
  readonly send: Send;
  readonly schemas: Pick<EventSchemas, "check">;
};

/** Events may also come as texts in the JSON format; `events[3].` stands before the fields of a batch. */
export type TextPublisher = Publisher & {
  readonly publishText: (text: string) => Promise<Receipt>;
  readonly publishTexts: (texts: readonly string[]) => Promise<readonly PublishResult[]>;
};

/**
 * What both sides do with an event before it goes: it is parsed, held to its schema and given the trace of the call. In
 * a shadow call it is recorded and not sent.
 */
export function createPublisher(_options: PublisherOptions): TextPublisher {
  throw new Error("follows");
}

export type { Event };
