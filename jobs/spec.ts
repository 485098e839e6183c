import { z } from "zod";
import type { JsonObject } from "./json.ts";

const DAY_MS = 86_400_000;
/** The end of the year 9999. */
const MAX_MS = 253_402_300_799_999;
const MAX_NAME = 100;
const MAX_NAMES = 100;

const AN_OBJECT = "must be an object";
const ID_RULE = `must begin with a letter or digit, and hold letters, digits, ".", "-" and "_", ${MAX_NAME} at most`;
const NAMES_RULE = `must be a list of at most ${MAX_NAMES}, no two the same`;

const id = z.string(ID_RULE).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, ID_RULE);
const name = text(MAX_NAME);
const instant = whole(0, MAX_MS);
const backoff = whole(0, DAY_MS).exactOptional();

const schedule = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({ kind: z.literal("cron"), expression: text(200), zone: name.exactOptional() }),
    // No denser than a cron pattern.
    z.strictObject({
      kind: z.literal("interval"),
      everyMs: whole(1000, 366 * DAY_MS),
      anchorMs: instant.exactOptional(),
    }),
    z.strictObject({ kind: z.literal("once"), atMs: instant }),
    z.strictObject({ kind: z.literal("manual") }),
  ],
  { error: ({ code }) => (code === "invalid_union" ? "must be cron, interval, once or manual" : AN_OBJECT) },
);

const settings = {
  payload: z.custom<JsonObject>(isObject, "must be a JSON object").exactOptional(),
  priority: whole(0, 9).exactOptional(),
  dependsOn: names(id).exactOptional(),
  retry: z
    .strictObject(
      { attempts: whole(1, 100).exactOptional(), backoffMs: backoff, maxBackoffMs: backoff },
      AN_OBJECT,
    )
    .exactOptional(),
  timeoutMs: whole(1, DAY_MS).exactOptional(),
  overlap: oneOf("allow", "skip", "queue").exactOptional(),
  misfire: oneOf("skip", "fire-once", "fire-all").exactOptional(),
  effect: oneOf("idempotent", "once").exactOptional(),
  tags: names(name).exactOptional(),
  keep: whole(0, 10_000).exactOptional(),
};

/** A request to register a job, by its shape. */
export const jobSpec = z.strictObject({ id, type: name, schedule, ...settings }, AN_OBJECT);

/** A request to change one, by its shape. */
export const jobUpdate = z.strictObject(
  {
    id,
    type: name.exactOptional(),
    schedule: schedule.exactOptional(),
    ...settings,
    revision: text(512).exactOptional(),
  },
  AN_OBJECT,
);

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(max: number) {
  const rule = `must be a text of 1 to ${max} characters, none of them a control character`;
  return z.string(rule).refine((value) => value.length > 0 && value.length <= max && isClean(value), rule);
}

function isClean(value: string): boolean {
  return value.isWellFormed() && !/\p{Cc}/u.test(value);
}

function whole(min: number, max: number) {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z.number(rule).refine((value) => Number.isInteger(value) && value >= min && value <= max, rule);
}

function oneOf<const T extends readonly [string, ...string[]]>(...values: T) {
  return z.enum(values, `must be ${values.slice(0, -1).join(", ")} or ${values.at(-1)}`);
}

function names(item: z.ZodType<string>) {
  return z
    .array(item, NAMES_RULE)
    .max(MAX_NAMES, NAMES_RULE)
    .refine((list) => new Set(list).size === list.length, NAMES_RULE);
}
