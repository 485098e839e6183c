import { currentContext } from "@oms/chassis/context/context.ts";
import { z } from "zod";
import type { Embeddings } from "../core/embeddings/port.ts";
import { linkSchema, linkSelection } from "../ontology/link.ts";
import { idSchema } from "../ontology/object-type.ts";
import type { Ontology } from "../ontology/ontology.ts";
import { type Arguments, paging, read, reading } from "./arguments.ts";
import { shown, shownPage } from "./shapes.ts";

const one = z.object({ id: idSchema, ...reading });
const page = z.object({ ...paging, ...reading });
const oneLink = z.object({ ...linkSchema.shape, ...reading });
const ofType = z.object({ type: idSchema });

type Question = (parent: unknown, given: Arguments) => Promise<unknown>;

/** The fields of Query: REST's reads, by the same ontology. */
export function queries(ontology: Ontology, embeddings: Embeddings): Record<string, Question> {
  return { ...ontologyQueries(ontology), ...embeddingQueries(embeddings) };
}

function ontologyQueries({ types, objects, linkTypes, links, branches }: Ontology): Record<string, Question> {
  return {
    async objectType(_, given) {
      const { id, at } = read(one, given);
      return shown(await types.get(id, "id", at), at);
    },
    async objectTypes(_, given) {
      return shownPage(await types.page(read(page, given)));
    },
    async object(_, given) {
      const { id, at } = read(one, given);
      return shown(await objects.get(id, "id", at), at);
    },
    async objects(_, given) {
      const asked = read(page, given);
      return shownPage(await objects.page(read(ofType, given).type, asked), asked.at);
    },
    async history(_, given) {
      const { history: nodes, nextPageToken } = await objects.history(read(one, given).id, read(page, given));
      return { nodes, nextPageToken };
    },
    async linkType(_, given) {
      const { id, at } = read(one, given);
      return shown(await linkTypes.get(id, "id", at), at);
    },
    async linkTypes(_, given) {
      return shownPage(await linkTypes.page(read(page, given)));
    },
    async link(_, given) {
      const { at, ...link } = read(oneLink, given);
      return shown(await links.get(link, at), at);
    },
    async links(_, given) {
      const asked = read(page, given);
      return shownPage(await links.page(read(linkSelection, given), asked), asked.at);
    },
    branches: () => branches.list(),
  };
}

const versioned = { modelVersion: z.string().exactOptional() };
const search = z.object({
  query: z.string(),
  k: z.number(),
  types: z.array(z.string()),
  mode: z.string().exactOptional(),
  ...versioned,
});
const embed = z.object({ texts: z.array(z.string()), ...versioned });
const similarity = z.object({ a: z.string(), b: z.string(), ...versioned });

function embeddingQueries(embeddings: Embeddings): Record<string, Question> {
  return {
    search: (_, given) => embeddings.search({ ...read(search, given), branch: currentContext().branch }),
    embed: (_, given) => embeddings.embedBatch(read(embed, given)),
    similarity: (_, given) => embeddings.similarity(read(similarity, given)),
  };
}
