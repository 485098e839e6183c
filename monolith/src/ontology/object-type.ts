import { z } from "zod";

/** One property objects of a type may have. A `date` is an ISO 8601 date or date-time with offset. */
const property = z.strictObject({
  name: z
    .string()
    .max(100)
    .regex(/^[A-Za-z][A-Za-z0-9_]*$/, "must be a letter followed by letters, digits and _"),
  type: z.enum(["string", "number", "boolean", "date", "string[]"]),
  required: z.boolean().default(false),
});

/** Ids appear in URLs and in document ids. */
export const idSchema = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._~:-]*$/, "must be a letter or digit followed by letters, digits and ._~:-");

const body = {
  title: z.string().min(1).max(200).optional(),
  properties: z
    .array(property)
    .max(200)
    .check((context) => {
      const seen = new Set<string>();
      for (const [index, { name }] of context.value.entries()) {
        if (seen.has(name))
          context.issues.push({
            code: "custom",
            message: "must not repeat an earlier name",
            path: [index, "name"],
            input: name,
          });
        seen.add(name);
      }
    }),
};

/** Kernel type of the documents, and the id of one of them. */
export const OBJECT_TYPE = "ObjectType";
export const objectTypeDocument = (id: string) => `ObjectType/${id}`;

/** What PUT takes: the id is in the path. */
export const objectTypeBody = z.strictObject(body);
/** What POST takes. */
export const newObjectType = z.strictObject({ id: idSchema, ...body });

export type Property = z.infer<typeof property>;
export type ObjectType = z.infer<typeof newObjectType>;
