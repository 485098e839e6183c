import { invalid, type Violation } from "@oms/chassis/errors/service-error.ts";
import { z } from "zod";
import type { EmbedBatchRequest, EmbedRequest } from "./port.ts";
import { refuse } from "./violations.ts";

const modelVersion = z.string().optional();

const embedding = z.strictObject({
  text: z.string().optional(),
  texts: z.array(z.string()).optional(),
  modelVersion,
});

export const similarityShape = z.strictObject({ a: z.string(), b: z.string(), modelVersion });

export const searchShape = z.strictObject({
  query: z.string(),
  k: z.number().default(10),
  types: z.array(z.string()).default([]),
  branch: z.string().default("main"),
  mode: z.string().optional(),
  modelVersion,
});

const WRONG: Readonly<Record<string, string>> = {
  string: "must be a string",
  number: "must be a number",
  array: "must be an array",
};

/** A JSON body as `shape` has it. @throws INVALID_ARGUMENT naming every field of the wrong type, missing or unknown. */
export function shaped<S extends z.ZodObject>(shape: S, body: unknown): z.infer<S> {
  const parsed = shape.safeParse(body, { reportInput: true });
  if (parsed.success) return parsed.data;
  refuse(parsed.error.issues.flatMap(violations));
  throw new Error("a refused body has no violation", { cause: parsed.error });
}

/** The body of /embedding, which holds either one text or many. */
export function embeddingShape(body: unknown): EmbedRequest | EmbedBatchRequest {
  const { text, texts, modelVersion } = shaped(embedding, body);
  if (text !== undefined && texts !== undefined)
    throw invalid("texts", "must not be given together with text");
  if (texts !== undefined) return { texts, modelVersion };
  if (text === undefined) throw invalid("text", "is required");
  return { text, modelVersion };
}

function violations(issue: z.core.$ZodIssue): Violation[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((field) => ({ field, message: "is not a known field" }));
  }
  const expected = issue.code === "invalid_type" ? issue.expected : "";
  if (issue.path.length === 0) return [{ field: "body", message: "must be a JSON object" }];
  const message = issue.input === undefined ? "is required" : (WRONG[expected] ?? issue.message);
  return [{ field: fieldName(issue.path), message }];
}

/** `texts[3]` for the path texts, 3. */
function fieldName(path: readonly PropertyKey[]): string {
  return path.map((part) => (typeof part === "number" ? `[${part}]` : String(part))).join("");
}
