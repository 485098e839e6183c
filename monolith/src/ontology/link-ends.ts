import type { Precondition, Write } from "@oms/data-kernel/client.ts";
import { type Documents, unchanged } from "./documents.ts";
import { kernelTypeOfLinksFrom, kernelTypeOfLinksTo } from "./link.ts";
import { LINK_TYPE, type LinkType } from "./link-type.ts";
import { type OntologyObject, objectDocument } from "./object.ts";
import { inUse } from "./violations.ts";

const LINK_END = "LinkEnd";
const linkEndDocument = (object: string) => `LinkEnd/${object}`;

/**
 * Whether objects have links. Every commit that links or unlinks an object rewrites the object's link end, a document
 * that says nothing more: who decides on what links there are asserts that it has not changed since.
 */
export class LinkEnds {
  readonly #documents: Documents;

  constructor(documents: Documents) {
    this.#documents = documents;
  }

  /** That nobody has linked or unlinked the object since now. */
  async standing(object: string): Promise<Precondition> {
    const id = linkEndDocument(object);
    return unchanged(id, await this.#documents.get(id));
  }

  /**
   * That the object may become of type `next` (undefined: be deleted). FAILED_PRECONDITION while a link needs it as
   * it is.
   */
  async allow(object: string, next: string | undefined): Promise<Precondition> {
    const standing = await this.standing(object);
    if ("absent" in standing) return standing;
    const now = await this.#documents.get<OntologyObject>(objectDocument(object));
    if (!now || now.body.type === next) return standing;
    const type = await this.#typeOfSomeLink(now.body);
    if (type === undefined) return standing;
    throw inUse(next === undefined ? "id" : "type", `object ${object} has links of type ${type}`);
  }

  /** An object's links are of the link types that end at its type: both are kept as they are while there is a link. */
  async #typeOfSomeLink({ id, type }: OntologyObject): Promise<string | undefined> {
    for await (const { body } of this.#documents.all<LinkType>(LINK_TYPE)) {
      if (body.from === type && (await this.#hasAny(kernelTypeOfLinksFrom(body.id, id)))) return body.id;
      if (body.to === type && (await this.#hasAny(kernelTypeOfLinksTo(body.id, id)))) return body.id;
    }
    return undefined;
  }

  async #hasAny(kernelType: string): Promise<boolean> {
    const { documents } = await this.#documents.page(kernelType, { pageSize: 1 });
    return documents.length > 0;
  }
}

/** The link ends that a commit which links or unlinks these objects rewrites. */
export function rewriteEnds(...objects: readonly string[]): Write[] {
  return [...new Set(objects)].map((id) => ({
    put: { id: linkEndDocument(id), type: LINK_END, body: { id } },
  }));
}
