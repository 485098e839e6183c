import { notFound } from "@oms/chassis/errors/service-error.ts";
import type { Doc, Precondition, QueryPage } from "@oms/data-kernel/client.ts";
import { type Documents, type PageRequest, type Saved, unchanged, untilSettled } from "./documents.ts";
import {
  deleteLink,
  endViolations,
  kernelTypeOfLinks,
  kernelTypeOfLinksFrom,
  kernelTypeOfLinksTo,
  type Link,
  type LinkSelection,
  linkDocument,
  putLink,
} from "./link.ts";
import { type LinkEnds, rewriteEnds } from "./link-ends.ts";
import type { LinkTypes } from "./link-types.ts";
import type { Objects } from "./objects.ts";
import { inUse, refuse } from "./violations.ts";

/** The links between the objects of the running call's branch. */
export class Links {
  readonly #documents: Documents;
  readonly #types: LinkTypes;
  readonly #objects: Objects;
  readonly #ends: LinkEnds;

  constructor(documents: Documents, parts: { types: LinkTypes; objects: Objects; ends: LinkEnds }) {
    this.#documents = documents;
    this.#types = parts.types;
    this.#objects = parts.objects;
    this.#ends = parts.ends;
  }

  /** `at`: as of that commit. */
  async get(link: Link, at?: string): Promise<Doc<Link>> {
    const found = await this.#documents.get<Link>(linkDocument(link), at);
    if (!found) throw absent(link);
    return found;
  }

  /** One page, by the ids of the objects at the ends. NOT_FOUND on the field that names what does not exist. */
  async page({ type, from, to }: LinkSelection, page: PageRequest): Promise<QueryPage<Link>> {
    await Promise.all([
      this.#types.get(type, "type", page.at),
      from !== undefined && this.#objects.get(from, "from", page.at),
      to !== undefined && this.#objects.get(to, "to", page.at),
    ]);
    if (from !== undefined) return this.#documents.page<Link>(kernelTypeOfLinksFrom(type, from), page);
    if (to !== undefined) return this.#documents.page<Link>(kernelTypeOfLinksTo(type, to), page);
    return this.#documents.page<Link>(kernelTypeOfLinks(type), page);
  }

  /**
   * INVALID_ARGUMENT on the ends that are not of the types the link type joins, ALREADY_EXISTS on `to` when they are
   * linked, FAILED_PRECONDITION on `from` when it has the one link of this type it may have.
   */
  async create(link: Link): Promise<Saved<Link>> {
    const change = await untilSettled(async () => {
      const [type, from, to] = await Promise.all([
        this.#types.get(link.type, "type"),
        this.#objects.get(link.from, "from"),
        this.#objects.get(link.to, "to"),
      ]);
      refuse(endViolations(type.body, { from: from.body, to: to.body }));
      const room = type.body.cardinality === "one" ? [await this.#room(link)] : [];
      const { write, along } = putLink(link);
      return this.#documents.commit({
        message: `link ${link.from} to ${link.to} as ${link.type}`,
        id: linkDocument(link),
        write,
        along: [...along, ...rewriteEnds(link.from, link.to)],
        expects: "absent",
        taken: { field: "to", message: "is linked already" },
        basis: [unchanged(type.id, type), unchanged(from.id, from), unchanged(to.id, to), ...room],
      });
    });
    if (!change) throw new Error(`putting ${linkDocument(link)} changed nothing`);
    return { value: link, revision: change.document.revision, created: true };
  }

  async remove(link: Link): Promise<void> {
    const id = linkDocument(link);
    const change = await untilSettled(async () => {
      const found = await this.#documents.get<Link>(id);
      const { write, along } = deleteLink(link);
      return this.#documents.commit({
        message: `unlink ${link.from} from ${link.to} as ${link.type}`,
        id,
        write,
        along: found ? [...along, ...rewriteEnds(link.from, link.to)] : [],
        expects: "anything",
        basis: [unchanged(id, found)],
      });
    });
    if (!change) throw absent(link);
  }

  /** That the object the link starts at has no other link of its type. */
  async #room(link: Link): Promise<Precondition> {
    const standing = await this.#ends.standing(link.from);
    const links = await this.#documents.page<Link>(kernelTypeOfLinksFrom(link.type, link.from), {
      pageSize: 1,
    });
    const other = links.documents.find(({ body }) => body.to !== link.to);
    if (other)
      throw inUse("from", `object ${link.from} is linked to ${other.body.to} as ${link.type} already`);
    return standing;
  }
}

function absent({ type, from, to }: Link) {
  return notFound("to", `object ${from} is not linked to ${to} as ${type}`);
}
