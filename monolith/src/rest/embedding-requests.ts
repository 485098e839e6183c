import { z } from "zod";

/*
 * The shapes of what embedding is asked over REST. Lengths and ranges are the port's to refuse, the same whoever
 * asks: here they are for the reader of the API's description.
 */

const text = z.string().meta({ minLength: 1, maxLength: 100_000 });
const modelVersion = z
  .string()
  .exactOptional()
  .meta({ description: "The model whose vectors are wanted; any but the loaded one is refused." });

export const embeddingRequest = z
  .strictObject({
    text: text.optional(),
    texts: z.array(text).optional().meta({ minItems: 1, maxItems: 256 }),
    modelVersion,
  })
  .meta({ description: "Either text or texts." });

export const similarityRequest = z.strictObject({ a: text, b: text, modelVersion });

export const searchRequest = z.strictObject({
  query: text,
  k: z.number().default(10).meta({ type: "integer", minimum: 1, maximum: 1000 }),
  types: z
    .array(z.string())
    .default([])
    .meta({ maxItems: 100, description: "Object types to keep; all when empty." }),
  branch: z.string().default("main").meta({ minLength: 1, maxLength: 200 }),
  mode: z
    .string()
    .exactOptional()
    .meta({
      enum: ["vector", "trigram", "hybrid"],
      description:
        "By meaning, by letters, or by both fused; by meaning where the model knows the query when absent.",
    }),
  modelVersion,
});
