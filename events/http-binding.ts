import type { IncomingHttpHeaders } from "node:http";
import { invalid } from "@oms/chassis/errors/service-error.ts";
import { type Event, parseBatch, parseEvent, parseEventText } from "./event.ts";

export type HttpMessage = { readonly headers: IncomingHttpHeaders; readonly body: Buffer };

/** One event (structured or binary mode) or a batch. */
export type Received = { readonly event: Event } | { readonly events: readonly Event[] };

/** Of a request's body, in bytes: an event far over its limit is still refused by name. */
export const MOST_HTTP_BYTES = 24 * 1024 * 1024;

const PREFIX = "ce-";
/** They have their own place in a message: its body and its content-type. */
const NO_HEADERS: ReadonlySet<string> = new Set(["data", "data_base64", "datacontenttype"]);

/**
 * The events of an HTTP request as the CloudEvents HTTP binding 1.0.2 has them, checked. INVALID_ARGUMENT with the
 * attribute as field, in a batch as `events[3].type`. The SDK's reader is not used: it makes up an id or a time that is
 * missing or wrong and takes a JSON number for a text; what is not whole is to be refused.
 */
export function readHttp({ headers, body }: HttpMessage): Received {
  const type = mediaTypeOf(headers["content-type"]);
  if (type === "application/cloudevents-batch+json") return { events: readBatch(body.toString()) };
  if (type === "application/cloudevents+json") return { event: parseEventText(body.toString()) };
  if (type.startsWith("application/cloudevents"))
    throw invalid("content-type", "must be of the JSON format: application/cloudevents+json or -batch+json");
  return { event: parseEvent({ ...attributesOf(headers), ...dataOf(headers["content-type"], body) }) };
}

function readBatch(text: string): readonly Event[] {
  let batch: unknown;
  try {
    batch = JSON.parse(text);
  } catch {
    throw invalid("events", "must be a list of CloudEvents events in the JSON format");
  }
  if (!Array.isArray(batch))
    throw invalid("events", "must be a list of CloudEvents events in the JSON format");
  return parseBatch(batch);
}

function attributesOf(headers: IncomingHttpHeaders): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith(PREFIX) || value === undefined) continue;
    const name = header.slice(PREFIX.length);
    if (NO_HEADERS.has(name)) throw invalid(header, "must not be a header");
    attributes[name] = decoded(name, Array.isArray(value) ? value.join(", ") : value);
  }
  return attributes;
}

/** Section 3.1.3.2: a quoted string without its quotes, then one round of percent-decoding. */
function decoded(name: string, value: string): string {
  const text = /^".*"$/.test(value) ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value;
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(name, "must be percent-encoded UTF-8");
  }
}

function dataOf(contentType: string | undefined, body: Buffer): Partial<Event> {
  const datacontenttype = contentType === undefined ? {} : { datacontenttype: contentType };
  if (body.length === 0) return datacontenttype;
  const type = mediaTypeOf(contentType);
  if (type === "application/json" || type.endsWith("+json"))
    return { ...datacontenttype, data: parseData(body.toString()) };
  if (type.startsWith("text/") && /^(?!.*charset=)|charset="?utf-8/i.test(contentType ?? ""))
    return { ...datacontenttype, data: body.toString() };
  return { ...datacontenttype, data_base64: body.toString("base64") };
}

function parseData(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("data", "must be JSON, as its content-type says");
  }
}

function mediaTypeOf(contentType = ""): string {
  return contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
}
