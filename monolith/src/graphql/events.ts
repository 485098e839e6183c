import { z } from "zod";
import type { Events, NewEvent } from "../core/event-publisher/port.ts";
import { type Arguments, read, withoutNulls } from "./arguments.ts";
import type { Act } from "./mutations.ts";

/** What Mutation does with events: REST's POST /events, through the same door. What an event has to be the door says. */
export function eventMutations(events: Events): Record<string, Act> {
  return {
    publishEvent: ({ event }) => events.publish(eventOf(event)),
    publishEvents: ({ events: given }) => events.publishBatch((given as unknown[]).map(eventOf)),
  };
}

const further = z.object({ extensions: z.record(z.string(), z.unknown()).default({}) });

/** Null is what GraphQL has for absent; of data it is a value. */
function eventOf(given: unknown): NewEvent {
  const { data, extensions, ...attributes } = given as Arguments;
  const named = withoutNulls(attributes) as object;
  return {
    ...read(further, { extensions }).extensions,
    ...named,
    ...(data !== undefined && { data }),
  } as NewEvent;
}
