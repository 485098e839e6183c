import { problem } from "./problem.ts";
import type { Doc, Schema } from "./repository.ts";

/** A document as the schema wants it, with its short id; only the kinds of field that the adapter uses. */
export function validated(operation: string, given: unknown, schema: Schema): Doc {
  if (typeof given !== "object" || given === null) throw problem(operation, "UnableToInferDocument");
  const document = given as Record<string, unknown>;
  const type = document["@type"];
  const cls = schema.find((each) => each["@type"] === "Class" && each["@id"] === type);
  if (typeof type !== "string" || !cls) throw problem(operation, "TypeNotFound", { "api:type": type });
  for (const [field, value] of Object.entries(document)) {
    if (!field.startsWith("@")) checkField(operation, cls[field], { type, field, value });
  }
  for (const [field, range] of Object.entries(cls)) {
    if (!field.startsWith("@") && typeof range === "string" && !(field in document)) {
      const witness = { "@type": "instance_not_cardinality_one", predicate: `terminusdb:///schema#${field}` };
      throw problem(operation, "SchemaCheckFailure", { "api:witnesses": [witness] });
    }
  }
  // An empty set is no triples, and so nothing that could be read.
  const kept = Object.entries(document).filter(([, value]) => !Array.isArray(value) || value.length > 0);
  return { ...Object.fromEntries(kept), "@type": type, "@id": idOf(operation, document["@id"], type) };
}

type Field = { readonly type: string; readonly field: string; readonly value: unknown };

function checkField(operation: string, range: unknown, { type, field, value }: Field): void {
  if (range === undefined) {
    throw problem(operation, "UnrecognizedProperty", { "api:type": type, "api:property": field });
  }
  const isSet = typeof range === "object" && range !== null && (range as Doc)["@type"] === "Set";
  const values = isSet && Array.isArray(value) ? value : [value];
  if (values.every((each) => typeof each === "string")) return;
  throw problem(operation, "BadCast", { "api:value": String(value), "api:type": "xsd:string" });
}

/** A random key takes the client's id when it begins with the class (contract sheet, 4). */
function idOf(operation: string, given: unknown, type: string): string {
  const id = typeof given === "string" ? given.replace("terminusdb:///data/", "") : "";
  if (id.startsWith(`${type}/`)) return id;
  throw problem(operation, "SubmittedIdDoesNotMatchGeneratedId", { "api:submitted_id": id });
}
