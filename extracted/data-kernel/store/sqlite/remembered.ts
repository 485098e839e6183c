import type { Document } from "../port.ts";

/** What is kept at most, in characters: a commit may look at more documents than memory should hold. */
const MOST_CHARACTERS = 8_000_000;

/** `find` for as long as what it looks at does not change: nearly every document of a commit is looked at many times. */
export function remembered<D extends Document>(
  find: (id: string) => D | undefined,
): (id: string) => D | undefined {
  const known = new Map<string, D | undefined>();
  let left = MOST_CHARACTERS;
  return (id) => {
    const document = known.get(id);
    if (document || known.has(id)) return document;
    const found = find(id);
    left -= id.length + (found?.body.length ?? 0);
    if (left >= 0) known.set(id, found);
    return found;
  };
}
