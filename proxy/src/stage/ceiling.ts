import { z } from "zod";
import { STAGES } from "../model/stage.ts";

/** A stored rollback: the highest stage allowed until the release loop lifts it, by generation. */
export type Ceiling = z.infer<typeof ceilingSchema>;

const ceilingSchema = z.object({
  stage: z.enum(STAGES),
  generation: z.number().int().nonnegative(),
  reason: z.string(),
  by: z.string(),
});

/** What stands in for a ceiling that cannot be read: a rollback was meant, so the lowest stage. */
const UNREADABLE: Ceiling = {
  stage: "in-process",
  generation: 0,
  reason: "the stored ceiling cannot be read",
  by: "strangler",
};

export function ceilingKey(keyPrefix: string, capability: string): string {
  return `${keyPrefix}strangler:ceiling:${capability}`;
}

/** The channel on which the name of a capability says that its ceiling has changed. */
export function ceilingChannel(keyPrefix: string): string {
  return `${keyPrefix}strangler:ceilings`;
}

export function parseCeiling(text: string | null): Ceiling | undefined {
  if (text === null) return undefined;
  try {
    return ceilingSchema.parse(JSON.parse(text));
  } catch {
    return UNREADABLE;
  }
}
