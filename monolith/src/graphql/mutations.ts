import { currentContext, runInContext } from "@oms/chassis/context/context.ts";
import type { GraphQLResolveInfo } from "graphql";
import { z } from "zod";
import { newBranch } from "../ontology/branches.ts";
import type { Expectation, Saved } from "../ontology/documents.ts";
import { linkSchema } from "../ontology/link.ts";
import { newLinkType } from "../ontology/link-type.ts";
import { newObject } from "../ontology/object.ts";
import { idSchema, newObjectType } from "../ontology/object-type.ts";
import type { Ontology } from "../ontology/ontology.ts";
import { type Arguments, expectationOf, read } from "./arguments.ts";
import { shown } from "./shapes.ts";

export type Act = (given: Arguments) => Promise<unknown>;

/** The fields of Mutation: REST's writes, by the same ontology. */
export function mutations({ types, objects, linkTypes, links, branches }: Ontology) {
  const acts: Record<string, Act> = {
    ...edits("ObjectType", "objectType", newObjectType, types),
    ...edits("Object", "object", newObject, objects),
    ...edits("LinkType", "linkType", newLinkType, linkTypes),
    createLink: async (given) => showSaved(await links.create(read(linkSchema, given["link"]))),
    async deleteLink(given) {
      await links.remove(read(linkSchema, given["link"]));
      return true;
    },
    createBranch: async (given) => (await branches.create(read(newBranch, given["branch"]))).branch,
  };
  return eachUnderOwnKey(acts);
}

type Kept<T> = {
  readonly put: (value: T, expects: Expectation) => Promise<Saved<T>>;
  readonly remove: (id: string, expects: Expectation) => Promise<void>;
};

const byId = z.object({ id: idSchema });

/** create, put and delete of what is kept under an id. */
function edits<T extends object>(
  name: string,
  argument: string,
  schema: z.ZodType<T>,
  kept: Kept<T>,
): Record<string, Act> {
  return {
    [`create${name}`]: async (given) => showSaved(await kept.put(read(schema, given[argument]), "absent")),
    [`put${name}`]: async (given) =>
      showSaved(await kept.put(read(schema, given[argument]), expectationOf(given))),
    async [`delete${name}`](given) {
      const { id } = read(byId, given);
      await kept.remove(id, expectationOf(given));
      return id;
    },
  };
}

function showSaved<T extends object>({ value, revision }: Saved<T>) {
  return shown({ body: value, revision });
}

export function eachUnderOwnKey(acts: Readonly<Record<string, Act>>) {
  return Object.fromEntries(Object.entries(acts).map(([name, act]) => [name, underOwnKey(act)]));
}

/** One request may hold many mutations, and each is a commit: the request's key is told apart by the answer's name. */
function underOwnKey(act: Act) {
  return (_parent: unknown, given: Arguments, _context: unknown, info: GraphQLResolveInfo) => {
    const context = currentContext();
    if (context.key === undefined) return act(given);
    return runInContext({ ...context, key: `${context.key}/${info.path.key}` }, () => act(given));
  };
}
