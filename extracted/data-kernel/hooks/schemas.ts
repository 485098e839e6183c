import { LRUCache } from "lru-cache";
import type { Document } from "../store/port.ts";
import type { Writes } from "../store/writes.ts";
import { compileSchema, SCHEMA, type Schema, schemaDocument } from "./schema.ts";

const MOST_REMEMBERED = 1000;

type Base = { readonly find: (id: string) => Document | undefined };

/** Compiled schemas, each remembered by the commit that last changed its document. */
export class Schemas {
  readonly #compiled = new LRUCache<string, Schema>({ max: MOST_REMEMBERED });

  /** The schema of a kernel type as `writes` leave it on `base`; undefined when it has none. */
  of(type: string, writes: Writes, base: Base): Schema | undefined {
    const id = schemaDocument(type);
    const write = writes.of(id);
    if (write)
      return "put" in write && isSchema(write.put) ? compileSchema(JSON.parse(write.put.body)) : undefined;
    const found = base.find(id);
    return found && isSchema(found) ? this.at(`${id} ${found.revision}`, found.body) : undefined;
  }

  /** `revision` names the text for good. */
  at(revision: string, body: string): Schema {
    const known = this.#compiled.get(revision);
    if (known) return known;
    const compiled = compileSchema(JSON.parse(body));
    this.#compiled.set(revision, compiled);
    return compiled;
  }
}

function isSchema({ type }: Pick<Document, "type">): boolean {
  return type === SCHEMA;
}
