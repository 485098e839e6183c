import { z } from "zod";
import { idSchema } from "./object-type.ts";

const body = {
  title: z.string().min(1).max(200).optional(),
  /** Object type of the objects its links start at, and of those they lead to. */
  from: idSchema,
  to: idSchema,
  /** How many links of this type may start at one object. */
  cardinality: z.enum(["one", "many"]).default("many"),
};

/** Kernel type of the documents, and the id of one of them. */
export const LINK_TYPE = "LinkType";
export const linkTypeDocument = (id: string) => `LinkType/${id}`;

/** What PUT takes: the id is in the path. */
export const linkTypeBody = z.strictObject(body);
/** What POST takes. */
export const newLinkType = z.strictObject({ id: idSchema, ...body });

export type LinkType = z.infer<typeof newLinkType>;
