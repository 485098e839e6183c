import type { Finding, Hook, Look, ProposedChange } from "./hook.ts";
import { compileSchema, SCHEMA, schemaDocument } from "./schema.ts";

/** Documents are what the schema of their kernel type says, and schemas are schemas. No schema: no check. */
export const checkSchema: Hook = {
  name: "schema",
  inspectChange: (change, _proposed, look) => [...asSchema(change), ...asDocument(change, look)],
};

function asDocument(change: ProposedChange, { schemaOf }: Look): Finding[] {
  const schema = change.after && schemaOf(change.after.type);
  const findings = schema?.findingsIn(change.value) ?? [];
  return findings.map((finding) => inBody(change, finding));
}

function asSchema(change: ProposedChange): Finding[] {
  if (change.after?.type !== SCHEMA) return [];
  const { problems, type } = compileSchema(change.value);
  const misplaced = type !== undefined && change.id !== schemaDocument(type);
  if (misplaced) return [{ field: `${change.field}.id`, message: `must be ${schemaDocument(type)}` }];
  return problems.map((problem) => inBody(change, problem));
}

function inBody(change: ProposedChange, { field: pointer, message }: Finding): Finding {
  return { field: `${change.field}.body${pointer}`, message };
}
