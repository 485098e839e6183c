import { ServiceError, type Violation } from "@oms/chassis/errors/service-error.ts";
import type { z } from "zod";

/** INVALID_ARGUMENT with every field that is wrong, as the caller spelled it: `dependsOn[1]`, `<root>.url`. */
export function refusal({ issues }: z.ZodError, root = ""): ServiceError {
  const violations = issues.flatMap((issue) => violationsOf(issue, root));
  const text = violations.map(({ field, message }) => `${field} ${message}`).join("; ");
  return new ServiceError("INVALID_ARGUMENT", text, violations);
}

function violationsOf(issue: z.core.$ZodIssue, root: string): Violation[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ field: fieldOf([...issue.path, key], root), message: "is not known" }));
  return [{ field: fieldOf(issue.path, root) || "body", message: issue.message }];
}

function fieldOf(path: readonly PropertyKey[], root: string): string {
  return path.reduce<string>((field, step) => {
    if (typeof step === "number") return `${field}[${step}]`;
    return field === "" ? String(step) : `${field}.${String(step)}`;
  }, root);
}
