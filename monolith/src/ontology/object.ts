import type { Violation } from "@oms/chassis/errors/service-error.ts";
import { z } from "zod";
import { isDate } from "./iso-date.ts";
import { idSchema, type ObjectType, type Property } from "./object-type.ts";

const body = {
  type: idSchema,
  properties: z.record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean(), z.array(z.string())], {
      error: "must be a string, a number, a boolean or an array of strings",
    }),
  ),
};

/** Objects of one type are listed together, so each type has a kernel type of its own. */
export const kernelTypeOf = (objectType: string) => `Object/${objectType}`;
export const objectDocument = (id: string) => `Object/${id}`;

/** What PUT takes: the id is in the path. */
export const objectBody = z.strictObject(body);
/** What POST takes. */
export const newObject = z.strictObject({ id: idSchema, ...body });

export type OntologyObject = z.infer<typeof newObject>;
type Value = OntologyObject["properties"][string];

const RULES: Readonly<Record<Property["type"], { holds: (value: Value) => boolean; message: string }>> = {
  string: { holds: (value) => typeof value === "string", message: "must be a string" },
  number: { holds: (value) => typeof value === "number", message: "must be a number" },
  boolean: { holds: (value) => typeof value === "boolean", message: "must be true or false" },
  date: { holds: isDate, message: "must be an ISO 8601 date or date-time with offset" },
  "string[]": { holds: Array.isArray, message: "must be an array of strings" },
};

/** Everything about `properties` that `type` does not allow: declared properties in their order, then unknown ones. */
export function violationsOf(
  type: Pick<ObjectType, "id" | "properties">,
  properties: OntologyObject["properties"],
): Violation[] {
  const wrong: Violation[] = [];
  for (const { name, type: kind, required } of type.properties) {
    const value = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (value !== undefined && !RULES[kind].holds(value))
      wrong.push({ field: `properties.${name}`, message: RULES[kind].message });
    if (value === undefined && required) wrong.push({ field: `properties.${name}`, message: "is required" });
  }
  const known = new Set(type.properties.map(({ name }) => name));
  for (const name of Object.keys(properties))
    if (!known.has(name))
      wrong.push({ field: `properties.${name}`, message: `is not a property of ${type.id}` });
  return wrong;
}
