import { DOMAIN, PATTERN } from "@oms/events/subscriber.ts";
import { z } from "zod";

/**
 * `none`: as fast as they come, each retried by itself. `key`: events of one `partitionkey` (else `subject`, else
 * `source`) one after the other. `all`: one at a time, in the stream's order.
 */
const ORDERS = ["none", "key", "all"] as const;

const ID = /^[a-z][a-z0-9-]{0,39}$/;
const wholeNumber = (min: number, max: number) => {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z.int(rule).min(min, rule).max(max, rule);
};

/** What may be asked for. */
export const webhookInput = z.strictObject({
  id: z
    .string("is missing")
    .regex(ID, "must be a lower-case letter followed by up to 39 lower-case letters, digits and -"),
  url: z
    .url({ protocol: /^https?$/, error: "must be an https URL" })
    .max(2000, "must have at most 2000 characters")
    .refine((url) => !URL.parse(url)?.username && !URL.parse(url)?.password, "must not hold credentials"),
  domain: z.string("is missing").regex(DOMAIN, "must be lower-case letters, digits and -"),
  /** Of the events' types: `oms.ontology.*`; none: all of the domain. */
  types: z
    .array(z.string().max(200).regex(PATTERN, "must be parts of a type, * for one, a last > for the rest"))
    .max(50, "must be at most 50")
    .default([]),
  order: z.enum(ORDERS, "must be none, key or all").default("none"),
  /** Of one attempt, in milliseconds. */
  timeoutMs: wholeNumber(100, 60_000).default(10_000),
  /** Attempts at an event after which it is a dead letter. */
  maxAttempts: wholeNumber(1, 100).default(12),
});

export type WebhookInput = z.input<typeof webhookInput>;

/** The document `Webhook/<id>` on the branch of events, but for what nobody outside needs to know. */
export type Webhook = z.output<typeof webhookInput> & {
  readonly paused: boolean;
  /** Why it was paused, when nobody asked for it. */
  readonly pausedBecause?: string | undefined;
};
