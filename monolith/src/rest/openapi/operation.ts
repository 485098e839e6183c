import type { SchemaName } from "./schemas.ts";

export type Parameter = {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: object;
};

/** One way of using one path. */
export type Operation = {
  readonly summary: string;
  readonly tag: string;
  readonly parameters?: readonly Parameter[];
  readonly body?: SchemaName;
  /** Bodies of other types than JSON, by their type; null: anything. */
  readonly bodies?: Readonly<Record<string, SchemaName | null>>;
  /** What is answered by status; null: nothing but the status. Problems are added. */
  readonly replies: Readonly<Record<number, SchemaName | "text" | null>>;
};

export type Paths = Readonly<
  Record<string, Readonly<Partial<Record<"get" | "post" | "put" | "patch" | "delete", Operation>>>>
>;

const id = {
  type: "string",
  maxLength: 100,
  pattern: "^[A-Za-z0-9][A-Za-z0-9._~:-]*$",
} as const;
const name = { type: "string", minLength: 1 } as const;

export const inPath = (name: string): Parameter => ({ name, in: "path", required: true, schema: id });
export const byId = (name: string, required = false): Parameter => ({
  name,
  in: "query",
  required,
  schema: id,
});

export const BRANCH: Parameter = {
  name: "branch",
  in: "query",
  description: "Branch of the ontology; the header oms-branch does the same.",
  schema: { ...name, maxLength: 200, default: "main" },
};
export const AT: Parameter = {
  name: "at",
  in: "query",
  description: "Commit to read as of; the newest when absent.",
  schema: { ...name, maxLength: 100 },
};
export const PAGE: readonly Parameter[] = [
  { name: "pageSize", in: "query", schema: { type: "integer", minimum: 1, maximum: 1000, default: 100 } },
  { name: "pageToken", in: "query", description: "nextPageToken of the page before.", schema: name },
];
export const IF_MATCH: Parameter = {
  name: "If-Match",
  in: "header",
  description: "The ETag that must still be the current one.",
  schema: { type: "string", pattern: '^"[^"]+"$' },
};
/** What every call may say of itself. */
const CONTEXT: readonly Parameter[] = [
  {
    name: "oms-author",
    in: "header",
    description: "Who calls, as subject@service.",
    schema: { ...name, maxLength: 200, default: "anonymous@oms" },
  },
  { name: "oms-tenant", in: "header", schema: { ...name, maxLength: 200 } },
];
export const KEY: Parameter = {
  name: "Idempotency-Key",
  in: "header",
  description: "The same request under the same key is done once and answered again; another one is refused.",
  schema: { ...name, maxLength: 200 },
};

/** The operation as OpenAPI spells it. */
export function described({ summary, tag, parameters = [], body, bodies, replies }: Operation): object {
  const taken = body ? { "application/json": body } : bodies;
  return {
    summary,
    tags: [tag],
    parameters: [...parameters, ...CONTEXT],
    ...(taken && { requestBody: { required: true, content: contentOf(taken) } }),
    responses: {
      ...Object.fromEntries(Object.entries(replies).map(([status, schema]) => [status, reply(schema)])),
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

function contentOf(bodies: NonNullable<Operation["bodies"]>): object {
  const content = Object.entries(bodies).map(([type, schema]) => [
    type,
    schema === null ? {} : { schema: reference(schema) },
  ]);
  return Object.fromEntries(content);
}

function reply(schema: SchemaName | "text" | null): object {
  if (schema === null) return { description: "Done." };
  if (schema === "text")
    return { description: "Done.", content: { "text/plain": { schema: { type: "string" } } } };
  return { description: "Done.", content: { "application/json": { schema: reference(schema) } } };
}

export function reference(schema: SchemaName): { readonly $ref: string } {
  return { $ref: `#/components/schemas/${schema}` };
}
