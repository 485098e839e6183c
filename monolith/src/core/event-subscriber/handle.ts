import { setTimeout as wait } from "node:timers/promises";
import { type CallContext, newContext, runInContext } from "@oms/chassis/context/context.ts";
import { childTraceparent } from "@oms/chassis/context/traceparent.ts";
import type { Logger } from "@oms/chassis/log.ts";
import type { Delivery, Handle, Settlement } from "@oms/events/delivery.ts";
import { effectKey } from "@oms/events/effects.ts";
import { authorOf } from "@oms/events/handover.ts";
import type { Handler } from "./handler.ts";
import type { SubscriberMetrics } from "./metrics.ts";
import { isAway, pauseMs, settlementOf } from "./settle.ts";

export type HandleParts = {
  /** Resolves while the kernel answers. */
  readonly ready: () => Promise<void>;
  readonly metrics: SubscriberMetrics;
  readonly log: Pick<Logger, "warn">;
};

/** Brings deliveries to a handler, each in a call context that goes on with the event's trace, and settles them. */
export function handleWith(handler: Handler, parts: HandleParts): Handle {
  const { name } = handler.subscriber;
  return async (delivery, signal) => {
    const { event, attempt } = delivery;
    const settlement = await settled(handler, delivery, { ...parts, signal });
    parts.metrics.settled(name, delivery, settlement);
    if (settlement.as !== "done") {
      const what = { subscriber: name, source: event.source, id: event.id, attempt, ...settlement };
      parts.log.warn(what, "an event was not handled");
    }
    return settlement;
  };
}

type Trying = Pick<HandleParts, "ready"> & { readonly signal: AbortSignal };

/** While the kernel is away it waits: no number of tries would help, and the event is not at fault. */
async function settled(handler: Handler, delivery: Delivery, { ready, signal }: Trying): Promise<Settlement> {
  for (let tries = 1; ; tries++) {
    try {
      await runInContext(contextOf(handler, delivery), () => handler.run(delivery));
      return { as: "done" };
    } catch (error) {
      if (!isAway(error) || (await answers(ready))) return settlementOf(error, delivery.attempt);
    }
    await wait(pauseMs(tries), undefined, { signal }).catch(() => undefined);
    if (signal.aborted)
      return { as: "again", delayMs: 0, reason: "it was given back while the kernel is away" };
  }
}

/** A child of the event's span: the trace goes on without a gap. */
function contextOf({ subscriber }: Handler, { event }: Delivery): CallContext {
  return newContext({
    author: authorOf(subscriber),
    traceparent: childTraceparent(event.traceparent),
    key: effectKey(subscriber.name, event),
  });
}

async function answers(ready: () => Promise<void>): Promise<boolean> {
  try {
    await ready();
    return true;
  } catch {
    return false;
  }
}
