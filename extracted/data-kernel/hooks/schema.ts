import type { Violation } from "@oms/chassis/errors/service-error.ts";
import { compileJsonSchema } from "@oms/chassis/json-schema/compile.ts";
import { z } from "zod";
import { MAX_ID_LENGTH } from "../limits.ts";
import { POINTER, pointerTo, textsAt } from "./pointer.ts";

/** Kernel type of the documents that hold schemas, and the id of the one for a kernel type. */
export const SCHEMA = "Schema";
export const schemaDocument = (type: string) => `Schema/${type}`;

const reference = z.strictObject({
  pointer: z.string().max(MAX_ID_LENGTH).regex(POINTER, "must be a JSON pointer"),
  prefix: z.string().max(MAX_ID_LENGTH).default(""),
});

/** The body of a schema's document. */
export const schemaBody = z.strictObject({
  type: z.string().min(1).max(MAX_ID_LENGTH),
  /** JSON Schema 2020-12. `format` is an annotation there: a rule about text is a `pattern`. */
  schema: z.record(z.string(), z.unknown()),
  /** Texts that name other documents: the prefix and the text make the id. */
  references: z.array(reference).max(100).default([]),
});

export type SchemaBody = z.infer<typeof schemaBody>;

/** A text of a document that names another one. */
export type Reference = { readonly pointer: string; readonly target: string };

/** What the documents of a kernel type must be. */
export type Schema = {
  /** The kernel type it is of; undefined when its body does not even say that. */
  readonly type: string | undefined;
  /** Why the schema itself is none, `field` being a pointer into its body; then no document is what it must be. */
  readonly problems: readonly Violation[];
  /** What is wrong with a parsed body, `field` being a pointer into it. */
  readonly findingsIn: (value: unknown) => readonly Violation[];
  /** False: `referencesIn` finds none in anything. */
  readonly hasReferences: boolean;
  readonly referencesIn: (value: unknown) => readonly Reference[];
};

/** The schema that a parsed body of a schema's document holds. */
export function compileSchema(body: unknown): Schema {
  const parsed = schemaBody.safeParse(body);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => ({ field: pointerTo(path), message }));
    return broken(undefined, problems);
  }
  const { type, schema, references } = parsed.data;
  const findingsIn = compileJsonSchema(schema);
  if (typeof findingsIn === "string") return broken(type, [{ field: "/schema", message: findingsIn }]);
  return {
    type,
    problems: [],
    findingsIn,
    hasReferences: references.length > 0,
    referencesIn: (value) => references.flatMap((reference) => selected(reference, value)),
  };
}

function selected({ pointer, prefix }: SchemaBody["references"][number], value: unknown): Reference[] {
  return textsAt(value, pointer).map((found) => ({ pointer: found.pointer, target: prefix + found.text }));
}

/** What cannot be judged is refused. */
function broken(type: string | undefined, problems: readonly Violation[]): Schema {
  const finding = { field: "", message: "cannot be judged: the schema of its type is broken" };
  return { type, problems, findingsIn: () => [finding], hasReferences: false, referencesIn: () => [] };
}
