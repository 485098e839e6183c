import type { EventSchemas } from "@oms/events/schemas.ts";
import { z } from "zod";
import { valid } from "../valid.ts";

const input = z.strictObject({
  type: z.string().min(1, "is missing").max(200, "must have at most 200 characters"),
  schema: z.record(z.string(), z.unknown(), "must be a JSON Schema: a JSON object"),
  revision: z.string().max(200).optional(),
});

export type SchemaInput = z.input<typeof input>;

/** `revision` rises with every change. */
export type RegisteredSchema = { readonly type: string; readonly schema: object; readonly revision: string };

/** What is asked of schemas, over gRPC and REST alike. */
export type Schemas = {
  /** Creates or replaces. INVALID_ARGUMENT with the field; ABORTED on `revision`: it is at another. */
  readonly put: (input: SchemaInput) => Promise<RegisteredSchema>;
  /** By type. */
  readonly list: () => Promise<readonly RegisteredSchema[]>;
  /** One that is not there stays away. */
  readonly delete: (name: { readonly type: string }) => Promise<void>;
};

export function createSchemas(schemas: EventSchemas): Schemas {
  return {
    async put(asked) {
      const { type, schema, revision } = valid(input, asked);
      const doc = await schemas.put(type, schema, revision);
      return { ...doc.body, revision: doc.revision };
    },
    list: async () => (await schemas.list()).map(({ body, revision }) => ({ ...body, revision })),
    async delete({ type }) {
      await schemas.delete(type);
    },
  };
}
