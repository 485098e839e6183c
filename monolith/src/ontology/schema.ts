import type { Write } from "@oms/data-kernel/client.ts";
import { z } from "zod";
import { kernelTypeOfLinks } from "./link.ts";
import type { LinkType } from "./link-type.ts";
import { kernelTypeOf } from "./object.ts";
import type { ObjectType, Property } from "./object-type.ts";

/*
 * What the kernel holds objects and links to, whoever writes them. It is written along with the type that it says
 * over again: a type without one is from before there were any, and the kernel checks nothing.
 */

const SCHEMA = "Schema";
const schemaDocument = (kernelType: string) => `Schema/${kernelType}`;
const text = { type: "string" } as const;

/** As `isDate` has it. */
const { $schema: _, ...dateSchema } = z.toJSONSchema(
  z.union([z.iso.date(), z.iso.datetime({ offset: true })]),
);

const PROPERTIES: Readonly<Record<Property["type"], object>> = {
  string: text,
  number: { type: "number" },
  boolean: { type: "boolean" },
  date: dateSchema,
  "string[]": { type: "array", items: text },
};

/** The same rules as `violationsOf`. */
export function putSchemaOfObjects({ id, properties }: Pick<ObjectType, "id" | "properties">): Write {
  const own = closed(
    Object.fromEntries(properties.map(({ name, type }) => [name, PROPERTIES[type]])),
    properties.filter(({ required }) => required).map(({ name }) => name),
  );
  const body = { id: text, type: { const: id }, properties: own };
  return putSchema(kernelTypeOf(id), closed(body, Object.keys(body)), []);
}

/** An object with a link cannot be deleted, nor an end be missing. */
export function putSchemaOfLinks({ id }: Pick<LinkType, "id">): Write {
  const body = { type: { const: id }, from: text, to: text };
  const ends = ["/from", "/to"].map((pointer) => ({ pointer, prefix: "Object/" }));
  return putSchema(kernelTypeOfLinks(id), closed(body, Object.keys(body)), ends);
}

export function deleteSchemaOfObjects(type: string): Write {
  return { delete: schemaDocument(kernelTypeOf(type)) };
}

export function deleteSchemaOfLinks(type: string): Write {
  return { delete: schemaDocument(kernelTypeOfLinks(type)) };
}

function closed(properties: Readonly<Record<string, object>>, required: readonly string[]): object {
  return { type: "object", properties, required, additionalProperties: false };
}

type Reference = { readonly pointer: string; readonly prefix: string };

function putSchema(kernelType: string, schema: object, references: readonly Reference[]): Write {
  const body = { type: kernelType, schema, references };
  return { put: { id: schemaDocument(kernelType), type: SCHEMA, body } };
}
