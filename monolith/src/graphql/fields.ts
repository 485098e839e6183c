import { z } from "zod";
import type { Hit } from "../core/embeddings/port.ts";
import { idSchema } from "../ontology/object-type.ts";
import type { Ontology } from "../ontology/ontology.ts";
import { type Arguments, paging, read } from "./arguments.ts";
import { type ShownLink, type ShownObject, shown, shownPage } from "./shapes.ts";

const page = z.object(paging);
const linkPage = z.object({ type: idSchema, ...paging });

/** The fields that lead from one thing to another, as of the commit the first was read at. */
export function fields({ types, objects, links }: Ontology) {
  const object = async (id: string, at?: string) => shown(await objects.get(id, "id", at), at);
  const linksAt = async (end: "from" | "to", { id, at }: ShownObject, given: Arguments) => {
    const { type, ...asked } = read(linkPage, given);
    const found = await links.page({ type, [end]: id }, { ...asked, ...(at !== undefined && { at }) });
    return shownPage(found, at);
  };
  return {
    OntologyObject: {
      objectType: async ({ type, at }: ShownObject) => shown(await types.get(type, "type", at), at),
      linksFrom: (parent: ShownObject, given: Arguments) => linksAt("from", parent, given),
      linksTo: (parent: ShownObject, given: Arguments) => linksAt("to", parent, given),
      async history({ id, at }: ShownObject, given: Arguments) {
        const asked = { ...read(page, given), ...(at !== undefined && { at }) };
        const { history: nodes, nextPageToken } = await objects.history(id, asked);
        return { nodes, nextPageToken };
      },
    },
    Link: {
      fromObject: ({ from, at }: ShownLink) => object(from, at),
      toObject: ({ to, at }: ShownLink) => object(to, at),
    },
    Hit: { object: ({ id }: Hit) => object(id) },
  };
}
