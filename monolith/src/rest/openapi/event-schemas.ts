import { attributes, MOST_EVENTS } from "@oms/events/event.ts";
import { publishResult, receipt } from "@oms/events/replies.ts";
import { z } from "zod";

const Event = z.looseObject({ ...attributes.shape, data: z.unknown().optional() }).meta({
  description:
    "A CloudEvents 1.0 event in its JSON format. Further members are extensions: texts, whole numbers or booleans.",
});

export const eventSchemas = {
  Event,
  EventBatch: z.array(Event).max(MOST_EVENTS),
  PublishReply: z.union([receipt, z.strictObject({ results: z.array(publishResult) })]),
} as const;
