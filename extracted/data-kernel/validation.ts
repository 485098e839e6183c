import { ServiceError, type Violation } from "@oms/chassis/errors/service-error.ts";
import type { z } from "zod";

/**
 * `input` as `schema` has it.
 * @throws INVALID_ARGUMENT with every field that is wrong, spelled as the caller would: `writes[3].put.id`.
 */
export function parse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const violations = result.error.issues.flatMap(violationsOf);
  const [first] = violations;
  throw new ServiceError("INVALID_ARGUMENT", `${first?.field} ${first?.message}`, violations);
}

function violationsOf(issue: z.core.$ZodIssue): Violation[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ field: fieldOf([...issue.path, key]), message: "is not known" }));
  }
  return [{ field: fieldOf(issue.path) || "body", message: issue.message }];
}

function fieldOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((field, part) => {
    if (typeof part === "number") return `${field}[${part}]`;
    return field ? `${field}.${String(part)}` : String(part);
  }, "");
}
