import { ServiceError, type Violation } from "@oms/chassis/errors/service-error.ts";
import { LRUCache } from "lru-cache";
import { SCHEMA, type SchemaBody, schemaBody, schemaDocument } from "../hooks/schema.ts";
import { getSchemaInput, updateSchemaInput } from "../request.ts";
import type { Committed, Store } from "../store/port.ts";
import { parse } from "../validation.ts";
import type { Commits } from "./commits.ts";

/** `schema` is JSON text; `revision` the commit that last changed it. */
export type TypeSchema = Pick<SchemaBody, "type" | "references"> & {
  readonly schema: string;
  readonly revision: string;
};

const MOST_REMEMBERED = 1000;

/** What the documents of a kernel type must be: itself a document, so it has branches, a history and a key. */
export class Schemas {
  readonly #store: Store;
  readonly #commits: Commits;
  readonly #read = new LRUCache<string, TypeSchema>({ max: MOST_REMEMBERED });

  constructor(store: Store, commits: Commits) {
    this.#store = store;
    this.#commits = commits;
  }

  async get(input: unknown): Promise<{ schema: TypeSchema | undefined; at: string }> {
    const { branch, type, at: asked } = parse(getSchemaInput, input);
    const { document, at } = await this.#store.get({ branch, id: schemaDocument(type), at: asked });
    return { schema: document?.type === SCHEMA ? this.#parsed(document) : undefined, at };
  }

  async update(input: unknown): Promise<Omit<Committed, "changes" | "more">> {
    const { type, schema, references, revision, ...commit } = parse(updateSchemaInput, input);
    const id = schemaDocument(type);
    const body = `{"type":${JSON.stringify(type)},"schema":${schema},"references":${JSON.stringify(references)}}`;
    try {
      const {
        changes: _,
        more: __,
        ...committed
      } = await this.#commits.commit({
        ...commit,
        writes: [{ put: { id, type: SCHEMA, body } }],
        preconditions: revision === "" ? [] : [{ revision: { id, revision } }],
      });
      return committed;
    } catch (error) {
      throw inTheseWords(error);
    }
  }

  /** A commit never changes, nor does what it made of a schema. */
  #parsed({ id, body, revision }: { id: string; body: string; revision: string }): TypeSchema {
    const known = this.#read.get(`${id} ${revision}`);
    if (known) return known;
    const { type, schema, references } = schemaBody.parse(JSON.parse(body));
    const parsed = { type, schema: JSON.stringify(schema), references, revision };
    this.#read.set(`${id} ${revision}`, parsed);
    return parsed;
  }
}

/** Who updates a schema knows no writes. */
function inTheseWords(error: unknown): unknown {
  if (!(error instanceof ServiceError)) return error;
  const violations = error.violations.map(({ field, message }): Violation => {
    return { field: fieldOf(field), message };
  });
  const [first] = violations;
  const message = first ? `${first.field} ${first.message}` : error.message;
  return new ServiceError(error.code, message, violations, error);
}

function fieldOf(field: string): string {
  if (field === "preconditions[0]") return "revision";
  const [, pointer] = /^writes\[0\]\.put\.body\/(.*)$/su.exec(field) ?? [];
  if (pointer === undefined) return field;
  return pointer.replace(/\/(\d+)/gu, "[$1]").replaceAll("/", ".");
}
