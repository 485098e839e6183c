import { notFound } from "@oms/chassis/errors/service-error.ts";
import type { Change, Doc, QueryPage } from "@oms/data-kernel/client.ts";
import {
  type Documents,
  type Expectation,
  type PageRequest,
  type Saved,
  unchanged,
  untilSettled,
} from "./documents.ts";
import { type Indexing, targetOf } from "./indexing.ts";
import type { LinkEnds } from "./link-ends.ts";
import { kernelTypeOf, type OntologyObject, objectDocument, violationsOf } from "./object.ts";
import type { ObjectType } from "./object-type.ts";
import type { ObjectTypes } from "./object-types.ts";
import { refuse } from "./violations.ts";

/** What one commit did to an object; `commit` is what `at` takes, `time` is ISO 8601. */
export type Deed = {
  readonly commit: string;
  readonly kind: Change["kind"];
  readonly author: string;
  readonly message: string;
  readonly time: string;
};

/** The objects of the running call's branch, each of a type, findable by its text. */
export class Objects {
  readonly #documents: Documents;
  readonly #types: ObjectTypes;
  readonly #ends: LinkEnds;
  readonly #indexing: Indexing;

  constructor(documents: Documents, parts: { types: ObjectTypes; ends: LinkEnds; indexing: Indexing }) {
    this.#documents = documents;
    this.#types = parts.types;
    this.#ends = parts.ends;
    this.#indexing = parts.indexing;
  }

  /** NOT_FOUND on `field`, which is where the caller named the object. `at`: as of that commit. */
  async get(id: string, field = "id", at?: string): Promise<Doc<OntologyObject>> {
    const found = await this.#documents.get<OntologyObject>(objectDocument(id), at);
    if (!found) throw notFound(field, `object ${id} does not exist`);
    return found;
  }

  /** What was done to an object, newest first, also to one that is gone. NOT_FOUND when it never was. */
  async history(
    id: string,
    page: PageRequest,
  ): Promise<{ readonly history: readonly Deed[]; readonly nextPageToken?: string }> {
    const { entries, ...rest } = await this.#documents.history(objectDocument(id), page);
    if (entries.length === 0) throw notFound("id", `object ${id} never existed`);
    const history = entries.map(({ commit: { id, author, message, timeMs }, kind }) => {
      return { commit: id, kind, author, message, time: new Date(timeMs).toISOString() };
    });
    return { history, ...rest };
  }

  /** One page of the objects of a type, by id. NOT_FOUND on `type` when there is no such type. */
  async page(type: string, page: PageRequest): Promise<QueryPage<OntologyObject>> {
    await this.#types.get(type, "type", page.at);
    return this.#documents.page<OntologyObject>(kernelTypeOf(type), page);
  }

  /**
   * Creates or replaces. INVALID_ARGUMENT with everything its type does not allow, FAILED_PRECONDITION when it would
   * get another type while it has links.
   */
  async put(object: OntologyObject, expects: Expectation): Promise<Saved<OntologyObject>> {
    const id = objectDocument(object.id);
    // Only at first: what the commit or the type itself refuses may have been read a while ago.
    let remembered = this.#types.remembered(object.type);
    const change = await untilSettled(async () => {
      const [type, ends] = await Promise.all([
        this.#typeFor(object, remembered),
        this.#ends.allow(object.id, object.type),
      ]);
      remembered = undefined;
      return this.#documents.commit({
        message: `put object ${object.id}`,
        id,
        write: { put: { id, type: kernelTypeOf(object.type), body: object } },
        expects,
        basis: [unchanged(type.id, type), ends],
      });
    });
    if (!change) throw new Error(`putting ${id} changed nothing`);
    await this.#indexing.written(targetOf(object.id, object.type));
    return { value: object, revision: change.document.revision, created: change.kind === "created" };
  }

  /** FAILED_PRECONDITION while it has links. */
  async remove(id: string, expects: Expectation): Promise<void> {
    const document = objectDocument(id);
    const change = await untilSettled(async () => {
      const ends = await this.#ends.allow(id, undefined);
      return this.#documents.commit({
        message: `delete object ${id}`,
        id: document,
        write: { delete: document },
        expects,
        basis: [ends],
      });
    });
    if (!change) throw notFound("id", `object ${id} does not exist`);
    const { type } = change.document.body as OntologyObject;
    await this.#indexing.written(targetOf(id, type));
  }

  /** The type, which allows the object. INVALID_ARGUMENT with everything that it does not. */
  async #typeFor(object: OntologyObject, remembered: Doc<ObjectType> | undefined): Promise<Doc<ObjectType>> {
    if (remembered && violationsOf(remembered.body, object.properties).length === 0) return remembered;
    const type = await this.#types.get(object.type, "type");
    refuse(violationsOf(type.body, object.properties));
    return type;
  }
}
