import type { Kernel } from "@oms/data-kernel/client.ts";
import type { Events } from "../core/event-publisher/port.ts";
import { Branches } from "./branches.ts";
import { Documents } from "./documents.ts";
import type { Indexing } from "./indexing.ts";
import { LinkEnds } from "./link-ends.ts";
import { LinkTypes } from "./link-types.ts";
import { Links } from "./links.ts";
import { ObjectTypes } from "./object-types.ts";
import { Objects } from "./objects.ts";
import type { RememberedTypes } from "./remembered-types.ts";
import type { Sweep } from "./sweep.ts";

/** Everything OMS keeps, on the branch of the running call. */
export type Ontology = {
  readonly types: ObjectTypes;
  readonly objects: Objects;
  readonly linkTypes: LinkTypes;
  readonly links: Links;
  readonly branches: Branches;
};

export type OntologyParts = {
  readonly kernel: Kernel;
  /** First part of every kernel branch. */
  readonly env: string;
  readonly indexing: Indexing;
  readonly sweep: Pick<Sweep, "begin">;
  readonly remembered: RememberedTypes;
  readonly events: Pick<Events, "publish">;
};

export function createOntology(parts: OntologyParts): Ontology {
  const { kernel, env, indexing, sweep, remembered, events } = parts;
  const documents = new Documents(kernel, env);
  const types = new ObjectTypes(documents, remembered);
  const ends = new LinkEnds(documents);
  const objects = new Objects(documents, { types, ends, indexing });
  const linkTypes = new LinkTypes(documents, types);
  const links = new Links(documents, { types: linkTypes, objects, ends });
  return {
    types,
    objects,
    linkTypes,
    links,
    branches: new Branches({ kernel, env, events, created: (name) => sweep.begin(name) }),
  };
}
