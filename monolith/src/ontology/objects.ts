import { notFound } from "@oms/chassis/errors/service-error.ts";
import type { Doc, QueryPage } from "@oms/data-kernel/client.ts";
import { type Documents, type Expectation, type PageRequest, type Saved, untilSettled } from "./documents.ts";
import { type Indexing, targetOf } from "./indexing.ts";
import { kernelTypeOf, type OntologyObject, objectDocument, violationsOf } from "./object.ts";
import type { ObjectTypes } from "./object-types.ts";
import { refuse } from "./violations.ts";

/** The objects of the running call's branch, each of a type, findable by its text. */
export class Objects {
  readonly #documents: Documents;
  readonly #types: ObjectTypes;
  readonly #indexing: Indexing;

  constructor(documents: Documents, types: ObjectTypes, indexing: Indexing) {
    this.#documents = documents;
    this.#types = types;
    this.#indexing = indexing;
  }

  async get(id: string): Promise<Doc<OntologyObject>> {
    const found = await this.#documents.get<OntologyObject>(objectDocument(id));
    if (!found) throw notFound("id", `object ${id} does not exist`);
    return found;
  }

  /** One page of the objects of a type, by id. NOT_FOUND on `type` when there is no such type. */
  async page(type: string, page: PageRequest): Promise<QueryPage<OntologyObject>> {
    await this.#types.get(type, "type");
    return this.#documents.page<OntologyObject>(kernelTypeOf(type), page);
  }

  /** Creates or replaces. INVALID_ARGUMENT with everything its type does not allow. */
  async put(object: OntologyObject, expects: Expectation): Promise<Saved<OntologyObject>> {
    const id = objectDocument(object.id);
    const change = await untilSettled(async () => {
      const type = await this.#types.get(object.type, "type");
      refuse(violationsOf(type.body, object.properties));
      return this.#documents.commit({
        message: `put object ${object.id}`,
        id,
        write: { put: { id, type: kernelTypeOf(object.type), body: object } },
        expects,
        basis: [{ revision: { id: type.id, revision: type.revision } }],
      });
    });
    if (!change) throw new Error(`putting ${id} changed nothing`);
    await this.#indexing.written(targetOf(object.id, object.type));
    return { value: object, revision: change.document.revision, created: change.kind === "created" };
  }

  async remove(id: string, expects: Expectation): Promise<void> {
    const document = objectDocument(id);
    const change = await this.#documents.commit({
      message: `delete object ${id}`,
      id: document,
      write: { delete: document },
      expects,
    });
    if (!change) throw notFound("id", `object ${id} does not exist`);
    const { type } = change.document.body as OntologyObject;
    await this.#indexing.written(targetOf(id, type));
  }
}
