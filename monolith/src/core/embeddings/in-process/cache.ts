import { currentContext } from "@oms/chassis/context/context.ts";
import { LRUCache } from "lru-cache";
import { hashOf } from "./documents.ts";
import type { TextVector } from "./vector.ts";

const MOST_TEXTS = 10_000;

export type Embed = (texts: readonly string[]) => Promise<TextVector[]>;

/**
 * The same vectors, remembered by text. A shadow call neither reads nor writes what is remembered: it would compare
 * the cache instead of the model, and warm it for callers.
 */
export function cached(embed: Embed): Embed {
  const known = new LRUCache<string, TextVector>({ max: MOST_TEXTS });
  return async (texts) => {
    if (currentContext().shadow) return embed(texts);
    const hashes = texts.map(hashOf);
    const found = new Map(hashes.map((hash) => [hash, known.get(hash)]));
    const missing = new Map<string, string>();
    for (const [index, hash] of hashes.entries()) if (!found.get(hash)) missing.set(hash, texts[index] ?? "");
    const computed = missing.size > 0 ? await embed([...missing.values()]) : [];
    for (const [index, hash] of [...missing.keys()].entries()) {
      found.set(hash, computed[index]);
      known.set(hash, computed[index]);
    }
    return hashes.map((hash) => found.get(hash)).filter((vector) => vector !== undefined);
  };
}
