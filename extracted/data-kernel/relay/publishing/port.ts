import type { Tail } from "@oms/events/broker/commits.ts";
import type { ToldCommit } from "@oms/events/commit-message.ts";
import type { Event } from "@oms/events/event.ts";
import type { PublishResult, Refusal, Sent } from "@oms/events/port.ts";

/**
 * What the relay asks of whoever publishes; both sides implement it. Each rejects with UNAVAILABLE when nothing of a
 * call came through, and the same call may be made again.
 */
export type RelayEvents = {
  /** Messages of the stream COMMITS, each right behind the one before. */
  readonly publishCommits: (request: CommitsToPublish) => Promise<PublishedCommits>;
  /** Where the stream COMMITS ends, and where one of its subjects does. */
  readonly tail: (request: { readonly subject: string }) => Promise<Tail>;
  /** Events of the outbox. */
  readonly publishOutgoing: (request: OutgoingEvents) => Promise<PublishedEvents>;
};

export type CommitsToPublish = {
  readonly messages: readonly ToldCommit[];
  /** The stream's last sequence before the first of them. */
  readonly lastSequence: number;
};

/** As many as were stored, from the first on; `refusal` is of the next. `envelopes` of a call that is compared. */
export type PublishedCommits = {
  readonly sequences: readonly number[];
  readonly refusal?: Refusal;
  readonly envelopes?: readonly Sent[];
};

export type OutgoingEvents = {
  /** First part of their subjects. */
  readonly env: string;
  readonly events: readonly Event[];
};

/** In the order of the events. */
export type PublishedEvents = { readonly results: readonly PublishResult[] };
