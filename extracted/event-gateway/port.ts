import type { TextPublisher } from "@oms/events/publish.ts";
import type { Commits } from "./commits.ts";
import type { DeadLetters } from "./management/dead-letters.ts";
import type { Queue } from "./management/queue.ts";
import type { Schemas } from "./management/schemas.ts";
import type { Streams } from "./management/streams.ts";
import type { Subscribers } from "./management/subscribers.ts";
import type { Subscriptions } from "./subscribe/subscriptions.ts";
import type { Webhooks } from "./webhooks/port.ts";

/** What the gateway does; gRPC has all of it, REST what needs no stream. */
export type Operations = Management & {
  readonly publisher: TextPublisher;
  readonly commits: Commits;
  readonly subscriptions: Subscriptions;
  readonly webhooks: Webhooks;
};

export type Management = {
  readonly subscribers: Subscribers;
  readonly schemas: Schemas;
  readonly streams: Streams;
  readonly deadLetters: DeadLetters;
  readonly queue: Queue;
};
