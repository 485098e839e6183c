import type { Event } from "@oms/events/event.ts";
import type { PublishResult, Receipt } from "@oms/events/port.ts";

/**
 * An event as OMS's own code has it. Of what is absent the door fills in: `source` (`/oms/<env>`), `id` and,
 * with an id of its own making, `time`. Under an idempotency key the id follows from the key.
 */
export type NewEvent = Partial<Event> & Pick<Event, "type">;

/**
 * Publishing as callers have it. Errors are those of `@oms/events/port.ts`, without UNAVAILABLE as long as the kernel is
 * there: what neither the gateway nor JetStream takes is `committed` to the kernel's outbox, whence it is published.
 */
export type Events = {
  readonly publish: (event: NewEvent) => Promise<Receipt>;
  /** Up to 1000, each with its own result, in their order; one that is not valid refuses all. */
  readonly publishBatch: (events: readonly NewEvent[]) => Promise<readonly PublishResult[]>;
};
