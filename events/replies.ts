import { z } from "zod";
import type { PublishResult, Receipt, Refusal, Sent } from "./port.ts";

export const sent = z.strictObject({
  subject: z.string(),
  messageId: z.string(),
  contentType: z.string(),
  digest: z.string(),
  bytes: z.int().min(0),
}) satisfies z.ZodType<Sent>;

/** What became of an event, as both sides answer it. */
export const receipt = z.strictObject({
  source: z.string(),
  id: z.string(),
  outcome: z.enum(["stored", "queued", "committed", "recorded"]).meta({
    description:
      "stored: JetStream has it; queued: the gateway's disk has it; committed: the kernel's outbox has it. What is queued or committed is stored later.",
  }),
  stream: z.string().exactOptional().meta({ description: "Where it is stored." }),
  sequence: z.int().min(1).exactOptional(),
  duplicate: z.boolean().exactOptional().meta({ description: "It had been stored before." }),
  envelope: sent.exactOptional(),
}) satisfies z.ZodType<Receipt>;

export const refusal = z.strictObject({
  code: z.enum([
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "ABORTED",
    "FAILED_PRECONDITION",
    "PERMISSION_DENIED",
    "UNAUTHENTICATED",
    "RESOURCE_EXHAUSTED",
    "UNIMPLEMENTED",
    "DEADLINE_EXCEEDED",
    "CANCELLED",
    "UNAVAILABLE",
    "INTERNAL",
  ]),
  message: z.string(),
  field: z.string().meta({ description: "The offending attribute, or empty." }),
}) satisfies z.ZodType<Refusal>;

export const publishResult = z.union([
  z.strictObject({ receipt }),
  z.strictObject({ refusal }),
]) satisfies z.ZodType<PublishResult>;
