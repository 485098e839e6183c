import { createHash } from "node:crypto";
import type { Event } from "@oms/events/event.ts";
import type { NewEvent } from "./port.ts";

/** What an event is published in. */
export type Occasion = {
  /** First part of every kernel branch. */
  readonly env: string;
  /** The ontology branch of the call. */
  readonly branch: string;
  /** The caller's idempotency key. */
  readonly key: string | undefined;
  readonly traceparent: string;
  readonly nowMs: number;
  /** An id that nobody has had yet. */
  readonly freshId: () => string;
};

/**
 * The event with all it must have. One that may be asked for again, because its id was given or follows from a key, gets
 * no time: with another time it would be another event.
 */
export function complete(given: NewEvent, occasion: Occasion): Event {
  const { env, branch, key, nowMs, freshId } = occasion;
  const source = given.source ?? `/oms/${env}`;
  const traceparent = given.traceparent ?? occasion.traceparent;
  const whole = { ...given, specversion: given.specversion ?? "1.0", source, traceparent } as const;
  if (given.id !== undefined) return { ...whole, id: given.id };
  if (key !== undefined) return { ...whole, id: idOf([branch, key], given) };
  return { ...whole, id: freshId(), time: given.time ?? new Date(nowMs).toISOString() };
}

/** One request may publish several events under its one key. */
function idOf(call: readonly string[], { type, subject = "" }: NewEvent): string {
  return createHash("sha256")
    .update(JSON.stringify([...call, type, subject]))
    .digest("hex");
}
