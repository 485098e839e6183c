import { createHash } from "node:crypto";
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
  return createHash("sha256").update(canonical(event)).digest("hex");
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
