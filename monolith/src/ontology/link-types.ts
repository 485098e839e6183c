import { notFound } from "@oms/chassis/errors/service-error.ts";
import type { Doc, Precondition, QueryPage } from "@oms/data-kernel/client.ts";
import {
  type Documents,
  type Expectation,
  type PageRequest,
  type Saved,
  unchanged,
  untilSettled,
} from "./documents.ts";
import { kernelTypeOfLinks } from "./link.ts";
import { LINK_TYPE, type LinkType, linkTypeDocument } from "./link-type.ts";
import type { ObjectTypes } from "./object-types.ts";
import { deleteSchemaOfLinks, putSchemaOfLinks } from "./schema.ts";
import { inUse } from "./violations.ts";

/** What the links of a type rely on. */
const FIXED = ["from", "to", "cardinality"] as const;

/** The link types of the running call's branch. */
export class LinkTypes {
  readonly #documents: Documents;
  readonly #types: ObjectTypes;

  constructor(documents: Documents, types: ObjectTypes) {
    this.#documents = documents;
    this.#types = types;
  }

  /** NOT_FOUND on `field`, which is where the caller named the type. `at`: as of that commit. */
  async get(id: string, field = "id", at?: string): Promise<Doc<LinkType>> {
    const found = await this.#documents.get<LinkType>(linkTypeDocument(id), at);
    if (!found) throw notFound(field, `link type ${id} does not exist`);
    return found;
  }

  page(page: PageRequest): Promise<QueryPage<LinkType>> {
    return this.#documents.page<LinkType>(LINK_TYPE, page);
  }

  /** Creates or replaces. FAILED_PRECONDITION when anything but the title would change while it has links. */
  async put(type: LinkType, expects: Expectation): Promise<Saved<LinkType>> {
    const id = linkTypeDocument(type.id);
    const change = await untilSettled(async () => {
      const [from, to, before] = await Promise.all([
        this.#types.get(type.from, "from"),
        this.#types.get(type.to, "to"),
        this.#documents.get<LinkType>(id),
      ]);
      const changed = before && FIXED.find((field) => before.body[field] !== type[field]);
      return this.#documents.commit({
        message: `put link type ${type.id}`,
        id,
        write: { put: { id, type: LINK_TYPE, body: type } },
        along: [putSchemaOfLinks(type)],
        expects,
        basis: [
          unchanged(from.id, from),
          unchanged(to.id, to),
          unchanged(id, before),
          ...(changed ? [await this.#withoutLinks(type.id, changed)] : []),
        ],
      });
    });
    if (!change) throw new Error(`putting ${id} changed nothing`);
    return { value: type, revision: change.document.revision, created: change.kind === "created" };
  }

  /** NOT_FOUND when there is none, FAILED_PRECONDITION while it has links. */
  async remove(id: string, expects: Expectation): Promise<void> {
    const document = linkTypeDocument(id);
    const change = await untilSettled(async () =>
      this.#documents.commit({
        message: `delete link type ${id}`,
        id: document,
        write: { delete: document },
        along: [deleteSchemaOfLinks(id)],
        expects,
        basis: [await this.#withoutLinks(id, "id")],
      }),
    );
    if (!change) throw notFound("id", `link type ${id} does not exist`);
  }

  /** That there is no link of the type; FAILED_PRECONDITION on `field` when there is one. */
  async #withoutLinks(id: string, field: string): Promise<Precondition> {
    const links = await this.#documents.page(kernelTypeOfLinks(id), { pageSize: 1 });
    if (links.documents.length > 0) throw inUse(field, `link type ${id} has links`);
    return { head: links.at };
  }
}
