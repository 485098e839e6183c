import { randomUUID } from "node:crypto";
import { currentContext } from "@oms/chassis/context/context.ts";
import { isAnswer, ServiceError } from "@oms/chassis/errors/service-error.ts";
import { type Event, parseBatch, parseEvent } from "@oms/events/event.ts";
import type { Publisher, PublishResult, Receipt } from "@oms/events/port.ts";
import { refusalOf } from "@oms/events/refusal.ts";
import { complete } from "./complete.ts";
import type { Events, NewEvent } from "./port.ts";

export type DoorParts = {
  readonly publisher: Publisher;
  /** First part of every kernel branch. */
  readonly env: () => string;
  /** Puts the event where the kernel's relay finds it. */
  readonly commit: (event: Event) => Promise<void>;
};

/** Commits under way at the same time. */
const TOGETHER = 32;

/**
 * Completes an event before either side sees it, so that both see the same, and commits to the kernel's outbox what
 * neither the gateway nor JetStream took.
 */
export function openDoor({ publisher, env, commit }: DoorParts): Events {
  const completed = (given: NewEvent, place = "") => {
    const { branch, key: callers, traceparent } = currentContext();
    const key = callers === undefined ? undefined : callers + place;
    const when = { nowMs: Date.now(), freshId: randomUUID };
    return complete(given, { env: env(), branch, key, traceparent, ...when });
  };
  const keep = async (event: Event): Promise<Receipt> => {
    await commit(event);
    return { source: event.source, id: event.id, outcome: "committed" };
  };
  return {
    async publish(given) {
      const event = parseEvent(completed(given));
      return publisher.publish(event).catch((error: unknown) => {
        throwIfSaid(error);
        return keep(event);
      });
    },
    async publishBatch(given) {
      const events = parseBatch(given.map((event, n) => completed(event, `/${n}`)));
      const results = await publisher.publishBatch(events).catch((error: unknown) => {
        throwIfSaid(error);
        return [];
      });
      return keepRest(events, results, keep);
    },
  };
}

/** What a side had to say its caller hears; and of a shadow call nothing is to be kept anywhere. */
function throwIfSaid(error: unknown): void {
  if (isAnswer(error) || currentContext().shadow) throw error;
}

/** Keeps the events of which no side had anything to say. */
async function keepRest(
  events: readonly Event[],
  results: readonly PublishResult[],
  keep: (event: Event) => Promise<Receipt>,
): Promise<readonly PublishResult[]> {
  const settled: PublishResult[] = [];
  for (let from = 0; from < events.length; from += TOGETHER) {
    const some = events.slice(from, from + TOGETHER).map(async (event, n): Promise<PublishResult> => {
      const result = results[from + n];
      if (result && isSaid(result)) return result;
      return keep(event).then((receipt) => ({ receipt }), refused);
    });
    settled.push(...(await Promise.all(some)));
  }
  return settled;
}

function isSaid(result: PublishResult): boolean {
  if ("receipt" in result) return true;
  const { code, message, field } = result.refusal;
  return isAnswer(new ServiceError(code, message, field === "" ? [] : [{ field, message }]));
}

function refused(error: unknown): PublishResult {
  if (!(error instanceof ServiceError)) throw error;
  return { refusal: refusalOf(error) };
}
