import type { Capability } from "@oms/proxy/model/capability.ts";
import {
  compareBatches,
  compareEmbed,
  compareSearches,
  compareSimilarities,
  compareStores,
} from "./compare.ts";
import type { Embeddings } from "./port.ts";
import { builds, extracted, inProcess } from "./sides.ts";

/** How embedding moves out of OMS: its two sides, what each method does, and when two answers are the same. */
export const migration: Capability<Embeddings> = {
  name: "embedding",
  inProcess,
  extracted,
  builds,
  methods: {
    embed: { effect: "read", compare: compareEmbed, deadlineMs: 2000 },
    embedBatch: { effect: "read", compare: compareBatches, deadlineMs: 10_000 },
    similarity: { effect: "read", compare: compareSimilarities, deadlineMs: 2000 },
    search: { effect: "read", compare: compareSearches, deadlineMs: 2000 },
    store: { effect: "idempotent", compare: compareStores, deadlineMs: 2000, key: ({ id }) => id },
  },
};
