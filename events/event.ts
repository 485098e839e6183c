import { invalid, ServiceError, tooLarge } from "@oms/chassis/errors/service-error.ts";
import { z } from "zod";

/** A CloudEvents 1.0 event in its JSON format; what is not named here are extensions. */
export type Event = {
  readonly specversion: "1.0";
  readonly id: string;
  /** A URI reference; names the event together with `id`. */
  readonly source: string;
  /** `<producer>.<domain>.<name>`, such as `oms.ontology.released`. */
  readonly type: string;
  readonly subject?: string | undefined;
  /** RFC 3339. */
  readonly time?: string | undefined;
  readonly datacontenttype?: string | undefined;
  readonly dataschema?: string | undefined;
  readonly data?: unknown;
  readonly data_base64?: string | undefined;
  /** Events of one key are about one thing. */
  readonly partitionkey?: string | undefined;
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  readonly [extension: string]: unknown;
};

/** Of its JSON text, in bytes: with its headers it is to fit into one message of NATS, which is 1 MiB by default. */
export const MOST_EVENT_BYTES = 1_000_000;
/** Events in one batch. */
export const MOST_EVENTS = 1000;

const TYPE = /^[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*){2,7}$/;
const ATTRIBUTE = /^[a-z0-9]{1,20}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const PRINTABLE = /^[^\u0000-\u0020\u007f-\u009f]+$/;

const uriReference = (max: number) =>
  z
    .string("is missing")
    .min(1, "must not be empty")
    .max(max, `must have at most ${max} characters`)
    .regex(PRINTABLE, "must be a URI reference: no spaces, no control characters");

export const eventType = z
  .string("is missing")
  .max(200, "must have at most 200 characters")
  .regex(TYPE, "must be <producer>.<domain>.<name>, each of lower-case letters, digits and -");

/** Of an event, as the JSON format spells them; extensions are checked apart. */
export const attributes = z.looseObject({
  specversion: z.literal("1.0", "must be 1.0"),
  id: uriReference(300),
  source: uriReference(300),
  type: eventType,
  subject: z.string().min(1, "must not be empty").max(1000).optional(),
  time: z.iso.datetime({ offset: true, error: "must be an RFC 3339 time" }).optional(),
  datacontenttype: z.string().min(1).max(200).optional(),
  dataschema: z.url("must be a URI").max(1000).optional(),
  data_base64: z.base64("must be base64").optional(),
  partitionkey: z.string().min(1, "must not be empty").max(1000).optional(),
  traceparent: z.string().max(100).optional(),
  tracestate: z.string().max(1000).optional(),
});

const extension = z.union(
  [z.string().max(4096), z.number().int(), z.boolean()],
  "must be a text, a whole number or a boolean",
);

/**
 * What came in as an event. INVALID_ARGUMENT with the attribute as field, `data` for one that is too large
 * (RESOURCE_EXHAUSTED). `at` stands before the field: `events[3].`.
 */
export function parseEvent(input: unknown, at = ""): Event {
  const event = readEvent(input, at);
  requireSize(JSON.stringify(event), at);
  return event;
}

/** Written anew a number may be longer, `1e20` for one: by so much at most. */
const MOST_GROWTH = 6;

/** The same of a text in the JSON format. */
export function parseEventText(text: string, at = ""): Event {
  const field = at === "" ? "event" : at.replace(/\.$/, "");
  const bytes = requireSize(text, at);
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    throw invalid(field, "must be a CloudEvents event in the JSON format");
  }
  return bytes * MOST_GROWTH > MOST_EVENT_BYTES ? parseEvent(input, at) : readEvent(input, at);
}

function readEvent(input: unknown, at: string): Event {
  const parsed = attributes.safeParse(input);
  if (!parsed.success) throw refusal(parsed.error, at);
  const event = parsed.data as Event;
  for (const [name, value] of Object.entries(event)) checkAttribute(name, value, at);
  if (event.data !== undefined && event.data_base64 !== undefined)
    throw invalid(`${at}data_base64`, "must not stand beside data");
  return event;
}

function requireSize(text: string, at: string): number {
  const bytes = Buffer.byteLength(text);
  if (bytes <= MOST_EVENT_BYTES) return bytes;
  throw tooLarge(`${at}data`, `must leave the event at most ${MOST_EVENT_BYTES} bytes long`);
}

/** The events of a batch. INVALID_ARGUMENT on `events` when they are too many; one that is not valid refuses all. */
export function parseBatch(inputs: readonly unknown[]): Event[] {
  if (inputs.length > MOST_EVENTS) throw invalid("events", `must be at most ${MOST_EVENTS}`);
  return inputs.map((input, n) => parseEvent(input, `events[${n}].`));
}

const KNOWN: ReadonlySet<string> = new Set(Object.keys(attributes.shape));

function checkAttribute(name: string, value: unknown, at: string): void {
  if (name === "data" || KNOWN.has(name)) return;
  if (!ATTRIBUTE.test(name))
    throw invalid(`${at}${name.slice(0, 40)}`, "is no attribute: lower-case letters and digits, at most 20");
  const parsed = extension.safeParse(value);
  if (!parsed.success) throw refusal(parsed.error, `${at}${name}`);
}

function refusal({ issues }: z.ZodError, at: string): ServiceError {
  const violations = issues.map(({ path, message }) => ({
    field: `${at}${path.join(".")}` || "event",
    message,
  }));
  const [first] = violations;
  return new ServiceError(
    "INVALID_ARGUMENT",
    first ? `${first.field} ${first.message}` : "event is invalid",
    violations,
  );
}

/** Names an event among all: no source has a space in it. */
export function identityOf({ source, id }: Pick<Event, "source" | "id">): string {
  return `${source} ${id}`;
}
