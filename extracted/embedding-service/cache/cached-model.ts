import { currentContext } from "@oms/chassis/context/context.ts";
import { LRUCache } from "lru-cache";
import type { CacheMetrics } from "../metrics.ts";
import type { Model } from "../model/model.ts";
import type { Embedding } from "../port.ts";
import { hashText } from "../search/documents.ts";
import type { SharedCache } from "./shared-cache.ts";

export type CacheOptions = {
  /** Embeddings kept in this process. */
  readonly most: number;
  /** Asked for what this process has not. */
  readonly shared: SharedCache | undefined;
  readonly metrics: CacheMetrics;
};

/**
 * The model, asked only for texts whose embeddings are not remembered. A shadow call neither reads nor writes what
 * is: it would compare what was remembered instead of the model, and warm it for callers.
 */
export function cachedModel(model: Model, { most, shared, metrics }: CacheOptions): Model {
  const memory = new LRUCache<string, Embedding>({ max: most });

  const recall = (hashes: readonly string[]): Map<string, Embedding> => {
    const known = new Map<string, Embedding>();
    for (const hash of hashes) {
      const embedding = memory.get(hash);
      if (embedding) known.set(hash, embedding);
    }
    metrics.looked("memory", { hits: known.size, misses: hashes.length - known.size });
    return known;
  };

  const embedBatch = async (texts: readonly string[]): Promise<Embedding[]> => {
    if (currentContext().shadow) return model.embedBatch(texts);
    const hashes = texts.map(hashText);
    const textOf = new Map(hashes.map((hash, index) => [hash, texts[index] ?? ""]));
    const known = recall([...textOf.keys()]);
    const missing = () => [...textOf.keys()].filter((hash) => !known.has(hash));
    const learn = (learnt: readonly string[], embeddings: readonly (Embedding | undefined)[]) => {
      for (const [index, hash] of learnt.entries()) {
        const embedding = embeddings[index];
        if (!embedding) continue;
        known.set(hash, embedding);
        memory.set(hash, embedding);
      }
    };
    const elsewhere = missing();
    learn(elsewhere, (await shared?.read(elsewhere)) ?? []);
    const unknown = missing();
    const computed = await model.embedBatch(unknown.map((hash) => textOf.get(hash) ?? ""));
    learn(unknown, computed);
    // Nobody waits for it, and it cannot fail.
    void shared?.write(unknown, computed);
    return hashes.flatMap((hash) => known.get(hash) ?? []);
  };

  return {
    ...model,
    async embed(text) {
      const [embedding] = await embedBatch([text]);
      if (!embedding) throw new Error("the model answered no embedding for a text");
      return embedding;
    },
    embedBatch,
  };
}
