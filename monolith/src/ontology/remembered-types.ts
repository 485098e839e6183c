import type { Doc } from "@oms/data-kernel/client.ts";
import { LRUCache } from "lru-cache";
import { type ObjectType, objectTypeDocument } from "./object-type.ts";

const MOST_TYPES = 10_000;

/**
 * Object types as they were last read, for whoever asserts their revision in the end: they may have changed a moment
 * ago. Nothing is remembered while the commits are not told, for then it might have changed long ago.
 */
export class RememberedTypes {
  readonly #types = new LRUCache<string, Doc<ObjectType>>({ max: MOST_TYPES });
  /** Rises with everything that is forgotten: what was read before may be what is to be forgotten. */
  #forgotten = 0;
  #isTold: boolean = false;

  get(branch: string, id: string): Doc<ObjectType> | undefined {
    return this.#types.get(keyOf(branch, objectTypeDocument(id)));
  }

  /** Reads a type and remembers it, unless something was forgotten meanwhile. */
  async reading(
    branch: string,
    read: () => Promise<Doc<ObjectType> | undefined>,
  ): Promise<Doc<ObjectType> | undefined> {
    const before = this.#forgotten;
    const found = await read();
    if (found && this.#isTold && before === this.#forgotten) this.#types.set(keyOf(branch, found.id), found);
    return found;
  }

  /** A document was changed. */
  forget(branch: string, document: string): void {
    if (!document.startsWith("ObjectType/")) return;
    this.#forgotten += 1;
    this.#types.delete(keyOf(branch, document));
  }

  /** Whether every change is told from now on; all that was remembered is forgotten. */
  told(everything: boolean): void {
    this.#forgotten += 1;
    this.#isTold = everything;
    this.#types.clear();
  }
}

const keyOf = (branch: string, document: string) => `${branch}\n${document}`;
