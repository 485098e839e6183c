import type { Violation } from "@oms/chassis/errors/service-error.ts";
import type { Write } from "@oms/data-kernel/client.ts";
import { z } from "zod";
import type { LinkType } from "./link-type.ts";
import type { OntologyObject } from "./object.ts";
import { idSchema } from "./object-type.ts";

/** A link is nothing but its type and its two ends, and exists once. */
export const linkSchema = z.strictObject({ type: idSchema, from: idSchema, to: idSchema });

export type Link = z.infer<typeof linkSchema>;

/** Links of one type: all of them, those that start at an object, or those that lead to one. */
export const linkSelection = z
  .object({ type: idSchema, from: idSchema.exactOptional(), to: idSchema.exactOptional() })
  .refine(({ from, to }) => from === undefined || to === undefined, {
    path: ["to"],
    error: "must not be given together with from",
  });

export type LinkSelection = z.infer<typeof linkSelection>;

/*
 * The kernel lists documents by their kernel type alone, so a link is kept once for every way it is listed: by its
 * type, by the object it starts at, by the object it leads to. Ids hold no slash, so no two links meet.
 */

export const kernelTypeOfLinks = (type: string) => `Link/${type}`;
export const kernelTypeOfLinksFrom = (type: string, object: string) => `LinkFrom/${type}/${object}`;
export const kernelTypeOfLinksTo = (type: string, object: string) => `LinkTo/${type}/${object}`;

export const linkDocument = ({ type, from, to }: Link) => `Link/${type}/${from}/${to}`;
const linkFromDocument = ({ type, from, to }: Link) => `LinkFrom/${type}/${from}/${to}`;
const linkToDocument = ({ type, from, to }: Link) => `LinkTo/${type}/${to}/${from}`;

/** The writes that make a link: the one that stands for it, and its listings. */
export function putLink(link: Link): { readonly write: Write; readonly along: readonly Write[] } {
  const { type, from, to } = link;
  return {
    write: { put: { id: linkDocument(link), type: kernelTypeOfLinks(type), body: link } },
    along: [
      { put: { id: linkFromDocument(link), type: kernelTypeOfLinksFrom(type, from), body: link } },
      { put: { id: linkToDocument(link), type: kernelTypeOfLinksTo(type, to), body: link } },
    ],
  };
}

/** The writes that undo `putLink`. */
export function deleteLink(link: Link): { readonly write: Write; readonly along: readonly Write[] } {
  return {
    write: { delete: linkDocument(link) },
    along: [{ delete: linkFromDocument(link) }, { delete: linkToDocument(link) }],
  };
}

type Ends = { readonly from: Pick<OntologyObject, "type">; readonly to: Pick<OntologyObject, "type"> };

/** Which ends are not of the types that `type` joins. */
export function endViolations(type: LinkType, { from, to }: Ends): Violation[] {
  const wrong: Violation[] = [];
  if (from.type !== type.from) wrong.push({ field: "from", message: `must be a ${type.from}` });
  if (to.type !== type.to) wrong.push({ field: "to", message: `must be a ${type.to}` });
  return wrong;
}
