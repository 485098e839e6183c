import type { Violation } from "@oms/chassis/errors/service-error.ts";
import type { z } from "zod";
import { refuse } from "../ontology/violations.ts";

/** What `schema` makes of `value`; else INVALID_ARGUMENT with every violation, in the order of the schema's fields. */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const result = schema.safeParse(value, { error: whatItMustBe });
  if (result.success) return result.data;
  refuse(result.error.issues.flatMap(violationsOf));
  throw new Error("a refused value has no violation", { cause: result.error });
}

function violationsOf(issue: z.core.$ZodIssue): Violation[] {
  if (issue.code !== "unrecognized_keys") return [{ field: fieldOf(issue.path), message: issue.message }];
  return issue.keys.map((key) => ({ field: fieldOf([...issue.path, key]), message: "is not a known field" }));
}

/** `a.b[3]`; the whole body is `body`. */
function fieldOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "body";
  return path.reduce<string>((field, step) => {
    if (typeof step === "number") return `${field}[${step}]`;
    return field === "" ? String(step) : `${field}.${String(step)}`;
  }, "");
}

const KINDS: Readonly<Record<string, string>> = {
  string: "must be a string",
  number: "must be a number",
  boolean: "must be true or false",
  array: "must be an array",
  object: "must be a JSON object",
  record: "must be a JSON object",
};

function whatItMustBe(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined && (issue.path?.length ?? 0) > 0) return "is required";
  if (issue.code === "invalid_type") return KINDS[issue.expected];
  if (issue.code === "invalid_value") return `must be one of ${issue.values.join(", ")}`;
  if (issue.code === "too_small" && issue.origin === "string") return "must not be empty";
  if (issue.code === "too_big" && issue.origin === "string")
    return `must have at most ${issue.maximum} characters`;
  if (issue.code === "too_big" && issue.origin === "array") return `must have at most ${issue.maximum} items`;
  return undefined;
}
