import { currentContext } from "@oms/chassis/context/context.ts";
import { notFound } from "@oms/chassis/errors/service-error.ts";
import type { Doc, QueryPage } from "@oms/data-kernel/client.ts";
import { type Documents, type Expectation, type PageRequest, type Saved, untilSettled } from "./documents.ts";
import { LINK_TYPE, type LinkType } from "./link-type.ts";
import { kernelTypeOf } from "./object.ts";
import { OBJECT_TYPE, type ObjectType, objectTypeDocument } from "./object-type.ts";
import type { RememberedTypes } from "./remembered-types.ts";
import { deleteSchemaOfObjects, putSchemaOfObjects } from "./schema.ts";
import { inUse } from "./violations.ts";

/** The object types of the running call's branch. */
export class ObjectTypes {
  readonly #documents: Documents;
  readonly #remembered: RememberedTypes;

  constructor(documents: Documents, remembered: RememberedTypes) {
    this.#documents = documents;
    this.#remembered = remembered;
  }

  /** As it was read last, for who asserts its revision; undefined when it has to be read. */
  remembered(id: string): Doc<ObjectType> | undefined {
    const { branch, shadow } = currentContext();
    return shadow ? undefined : this.#remembered.get(branch, id);
  }

  /** NOT_FOUND on `field`, which is where the caller named the type. `at`: as of that commit. */
  async get(id: string, field = "id", at?: string): Promise<Doc<ObjectType>> {
    const found = await this.#read(id, at);
    if (!found) throw notFound(field, `object type ${id} does not exist`);
    return found;
  }

  #read(id: string, at: string | undefined): Promise<Doc<ObjectType> | undefined> {
    const { branch, shadow } = currentContext();
    const read = () => this.#documents.get<ObjectType>(objectTypeDocument(id), at);
    return at !== undefined || shadow ? read() : this.#remembered.reading(branch, read);
  }

  page(page: PageRequest): Promise<QueryPage<ObjectType>> {
    return this.#documents.page<ObjectType>(OBJECT_TYPE, page);
  }

  /** Creates or replaces. Objects that no longer fit are refused when they are next written. */
  async put(type: ObjectType, expects: Expectation): Promise<Saved<ObjectType>> {
    const id = objectTypeDocument(type.id);
    const change = await this.#documents.commit({
      message: `put object type ${type.id}`,
      id,
      write: { put: { id, type: OBJECT_TYPE, body: type } },
      along: [putSchemaOfObjects(type)],
      expects,
    });
    if (!change) throw new Error(`putting ${id} changed nothing`);
    this.#remembered.forget(currentContext().branch, id);
    return { value: type, revision: change.document.revision, created: change.kind === "created" };
  }

  /** NOT_FOUND when there is none, FAILED_PRECONDITION while it has objects or a link type ends at it. */
  async remove(id: string, expects: Expectation): Promise<void> {
    const change = await untilSettled(async () => {
      const objects = await this.#documents.page(kernelTypeOf(id), { pageSize: 1 });
      if (objects.documents.length > 0) throw inUse("id", `object type ${id} has objects`);
      for await (const { body } of this.#documents.all<LinkType>(LINK_TYPE))
        if (body.from === id || body.to === id)
          throw inUse("id", `object type ${id} is an end of link type ${body.id}`);
      const document = objectTypeDocument(id);
      return this.#documents.commit({
        message: `delete object type ${id}`,
        id: document,
        write: { delete: document },
        along: [deleteSchemaOfObjects(id)],
        expects,
        basis: [{ head: objects.at }],
      });
    });
    if (!change) throw notFound("id", `object type ${id} does not exist`);
    this.#remembered.forget(currentContext().branch, objectTypeDocument(id));
  }
}
