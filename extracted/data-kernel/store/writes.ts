import type { Write } from "./port.ts";

/** The writes of a commit, in their order and by the document; they need not all be in memory. */
export type Writes = Iterable<Write> & { readonly of: (id: string) => Write | undefined };

/** Writes that are in memory, each document once. */
export function inMemory(writes: readonly Write[]): Writes {
  let byId: ReadonlyMap<string, Write> | undefined;
  return {
    [Symbol.iterator]: () => writes[Symbol.iterator](),
    of(id) {
      byId ??= new Map(writes.map((write) => [idOf(write), write]));
      return byId.get(id);
    },
  };
}

export function idOf(write: Write): string {
  return "put" in write ? write.put.id : write.delete;
}
