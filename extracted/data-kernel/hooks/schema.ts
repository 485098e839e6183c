import type { Violation } from "@oms/chassis/errors/service-error.ts";
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { z } from "zod";
import { MAX_ID_LENGTH } from "../limits.ts";
import { expression } from "./expression.ts";
import { POINTER, pointerTo, stepTo, textsAt } from "./pointer.ts";
import { areUnique } from "./unique.ts";

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

const ajv = new Ajv2020({
  allErrors: true,
  // `constructor` and the like are properties only when they are written down.
  ownProperties: true,
  validateFormats: false,
  // Every schema stands alone, whatever $id it gives itself.
  addUsedSchema: false,
  strictTypes: false,
  logger: false,
  code: { regExp: Object.assign(expression, { code: "expression" }) },
});
ajv.removeKeyword("uniqueItems");
ajv.addKeyword({
  keyword: "uniqueItems",
  type: "array",
  schemaType: "boolean",
  compile: (asked: boolean) => (items: unknown[]) => !asked || areUnique(items),
  error: { message: "must NOT have duplicate items" },
});

/** The schema that a parsed body of a schema's document holds. */
export function compileSchema(body: unknown): Schema {
  const parsed = schemaBody.safeParse(body);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => ({ field: pointerTo(path), message }));
    return broken(undefined, problems);
  }
  const { type, schema, references } = parsed.data;
  const validate = compile(schema);
  if (typeof validate === "string") return broken(type, [{ field: "/schema", message: validate }]);
  return {
    type,
    problems: [],
    findingsIn: (value) => (validate(value) ? [] : (validate.errors ?? []).map(findingOf)),
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

/** The validator, or why there is none. */
function compile(schema: SchemaBody["schema"]): ValidateFunction | string {
  try {
    const validate = ajv.compile(schema);
    // Its verdict would be a promise, which says yes to everything.
    return "$async" in validate ? "must not be $async" : validate;
  } catch (error) {
    return `is no JSON Schema: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    ajv.removeSchema(schema);
  }
}

/** Where ajv names the object that a property is missing from, or too many in, the field is the property. */
function findingOf({ instancePath, keyword, params, message }: ErrorObject): Violation {
  const inside = (name: unknown) => `${instancePath}${stepTo(String(name))}`;
  switch (keyword) {
    case "required":
      return { field: inside(params["missingProperty"]), message: "is required" };
    case "additionalProperties":
      return { field: inside(params["additionalProperty"]), message: "is not in the schema" };
    case "unevaluatedProperties":
      return { field: inside(params["unevaluatedProperty"]), message: "is not in the schema" };
    case "const":
      return { field: instancePath, message: `must be ${JSON.stringify(params["allowedValue"])}` };
    case "enum":
      return { field: instancePath, message: `must be one of ${JSON.stringify(params["allowedValues"])}` };
    default:
      return { field: instancePath, message: message ?? `does not hold to ${keyword}` };
  }
}
