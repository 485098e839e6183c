import type { Event } from "@oms/events/event.ts";
import { commitToOutbox } from "@oms/events/outbox.ts";
import { requireOpen } from "@oms/events/publish.ts";
import { configured, schemas } from "./sides.ts";

/**
 * Commits to the kernel's outbox what no side took. It may be that none has looked at it either, where the gateway alone
 * publishes and is away; what the relay could only park is refused here, as a side would refuse it. Whether a stream
 * keeps its domain only NATS can tell.
 */
export async function keepInOutbox(event: Event): Promise<void> {
  const { kernel, env } = configured();
  requireOpen(event.type);
  await schemas().check(event);
  await commitToOutbox(kernel, env, event);
}
