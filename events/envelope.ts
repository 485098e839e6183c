import { hash } from "node:crypto";
import { type Event, identityOf } from "./event.ts";
import { subjectOf } from "./subject.ts";

/** What goes to JetStream, the same whichever side sends it. */
export type Envelope = {
  readonly subject: string;
  /** `Nats-Msg-Id`: names the event. */
  readonly messageId: string;
  readonly contentType: string;
  /** SHA-256 of the event without its tracing, keys in order, in hexadecimal: by it the same event is known again. */
  readonly digest: string;
  /** The event in the JSON format. */
  readonly body: string;
};

export const CONTENT_TYPE = "application/cloudevents+json; charset=utf-8";

export function envelopeOf(env: string, event: Event): Envelope {
  return {
    subject: subjectOf(env, event),
    messageId: identityOf(event),
    contentType: CONTENT_TYPE,
    digest: digestOf(event),
    body: JSON.stringify(event),
  };
}

/** A repetition of a publish is of another span, and yet of the same event. */
export function digestOf({ traceparent: _, tracestate: __, ...event }: Event): string {
  return hash("sha256", JSON.stringify(inOrder(event)), "hex");
}

/** What JSON makes of it, keys in order; what has a JSON of its own, such as a date, is left to that. */
function inOrder(value: unknown): unknown {
  if (typeof value !== "object" || value === null || isSpecial(value)) return value;
  if (Array.isArray(value)) return value.map(inOrder);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, inOrder(each)]));
}

function isSpecial(value: object): boolean {
  return "toJSON" in value && typeof value.toJSON === "function";
}
