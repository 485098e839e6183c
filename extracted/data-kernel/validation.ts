import { ServiceError, type Violation } from "@oms/chassis/errors/service-error.ts";
import type { z } from "zod";

/** From where the items of a list are counted, by the list's name. */
type Counts = Readonly<Record<string, number>>;

/**
 * `input` as `schema` has it. `counts`: where the items of its lists begin, when it is a part of something larger.
 * @throws INVALID_ARGUMENT with every field that is wrong, spelled as the caller would: `writes[3].put.id`.
 */
export function parse<S extends z.ZodType>(schema: S, input: unknown, counts: Counts = {}): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const violations = result.error.issues.flatMap((issue) => violationsOf(issue, counts));
  const [first] = violations;
  throw new ServiceError("INVALID_ARGUMENT", `${first?.field} ${first?.message}`, violations);
}

function violationsOf(issue: z.core.$ZodIssue, counts: Counts): Violation[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      field: fieldOf([...issue.path, key], counts),
      message: "is not known",
    }));
  }
  return [{ field: fieldOf(issue.path, counts) || "body", message: issue.message }];
}

function fieldOf(path: readonly PropertyKey[], counts: Counts): string {
  return path.reduce<string>((field, part) => {
    if (typeof part === "number") return `${field}[${part + (counts[field] ?? 0)}]`;
    return field ? `${field}.${String(part)}` : String(part);
  }, "");
}
