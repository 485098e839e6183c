import { z } from "zod";

/** Who binds a subscriber's durable: OMS itself, or the gateway on its behalf. */
export type SubscriberSide = "in-process" | "extracted";

const NAME = /^[a-z][a-z0-9-]{0,49}$/;
/** The second part of a type. */
export const DOMAIN = /^[a-z0-9][a-z0-9-]{0,49}$/;
/** Of types: `*` for one part, a last `>` for the rest. */
export const PATTERN = /^(\*|[a-z0-9-]+)(\.(\*|[a-z0-9-]+))*(\.>)?$/;

/** The document `Subscriber/<name>`: a durable consumer, and who binds it. */
export const subscriber = z.strictObject({
  name: z
    .string()
    .regex(NAME, "must be a lower-case letter followed by lower-case letters, digits and -")
    // Webhooks have consumers and dead letters under such names.
    .refine((name) => !name.startsWith("webhook-"), "must not begin with webhook-"),
  domain: z.string().regex(DOMAIN, "must be lower-case letters, digits and -"),
  /** Of the events' types: `oms.ontology.*`; none: all of the domain. */
  types: z
    .array(z.string().max(200).regex(PATTERN, "must be parts of a type, * for one, a last > for the rest"))
    .max(50)
    .default([]),
  /**
   * Every instance follows the domain by itself, from when it begins, and settles nothing: there is no durable, and
   * of the rest of this document only `side` counts.
   */
  follow: z.boolean().default(false),
  /** One at a time, in the stream's order. */
  ordered: z.boolean().default(false),
  /** Deliveries after which it is a dead letter. */
  maxDeliver: z.int().min(1).max(1000).default(10),
  /** How long a delivery may be unsettled before it comes again, in milliseconds. */
  ackWaitMs: z.int().min(100).max(3_600_000).default(30_000),
  side: z.enum(["in-process", "extracted"]).default("in-process"),
});

export type Subscriber = z.infer<typeof subscriber>;

/** Whether an event's type is among those that a subscriber, or a webhook, asks for; none asked: all are. */
export function typeFilter(patterns: readonly string[]): (type: string) => boolean {
  if (patterns.length === 0) return () => true;
  const expressions = patterns.map(expressionOf);
  return (type) => expressions.some((expression) => expression.test(type));
}

function expressionOf(pattern: string): RegExp {
  const parts = pattern.split(".").map((part) => (part === "*" ? "[^.]+" : part === ">" ? ".+" : part));
  return new RegExp(`^${parts.join("\\.")}$`);
}
