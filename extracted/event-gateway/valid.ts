import { ServiceError, type Violation } from "@oms/chassis/errors/service-error.ts";
import { z } from "zod";

/** `input` as `schema` has it. @throws INVALID_ARGUMENT naming every field that is missing, unknown or wrong. */
export function valid<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (parsed.success) return parsed.data;
  const violations = parsed.error.issues.flatMap(violationsOf);
  const message = violations.map((each) => `${each.field} ${each.message}`).join("; ");
  throw new ServiceError("INVALID_ARGUMENT", message, violations);
}

function violationsOf(issue: z.core.$ZodIssue): Violation[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((field) => ({ field, message: "is not a known field" }));
  if (issue.path.length === 0) return [{ field: "body", message: "must be a JSON object" }];
  return [{ field: fieldOf(issue.path), message: messageOf(issue) }];
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "invalid_type") return issue.message;
  return issue.input === undefined ? "is missing" : `must be of type ${issue.expected}`;
}

/** `types[3]` for the path types, 3. */
function fieldOf(path: readonly PropertyKey[]): string {
  const [first, ...rest] = path;
  return rest.reduce<string>(
    (name, part) => (typeof part === "number" ? `${name}[${part}]` : `${name}.${String(part)}`),
    String(first),
  );
}

const page = z.strictObject({
  pageSize: z.int("must be an integer from 1 to 1000").min(1).max(1000).default(100),
  pageToken: z.string().max(1000).optional(),
});

export type PageRequest = { readonly pageSize?: number; readonly pageToken?: string };

/** A page as it was asked for, or of 100. */
export function validPage({ pageSize, pageToken }: PageRequest) {
  const asked = valid(page, { pageSize, pageToken });
  return { pageSize: asked.pageSize, ...(asked.pageToken !== undefined && { pageToken: asked.pageToken }) };
}
