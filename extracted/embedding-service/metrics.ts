import type { Metrics } from "@oms/chassis/metrics.ts";
import { Counter, Gauge, Histogram } from "prom-client";

export type CacheName = "memory" | "redis";

export type CacheMetrics = {
  readonly looked: (cache: CacheName, outcome: { hits: number; misses: number }) => void;
  /** A read or write that failed. */
  readonly failed: (cache: CacheName) => void;
};

export type EmbeddingMetrics = CacheMetrics & {
  readonly ran: (batch: { rows: number; tokens: number; seconds: number }) => void;
  /** Names what a gauge is read from. */
  readonly watch: (gauge: keyof typeof GAUGES, value: () => number) => void;
};

const GAUGES = {
  embedding_queue_length: "Texts that wait for a session.",
  embedding_index_states: "Texts of objects held for search, superseded ones included.",
} as const;

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

export function createEmbeddingMetrics({ registry }: Metrics): EmbeddingMetrics {
  const registers = [registry];
  const batches = new Counter({ name: "embedding_batches_total", help: "Batches that ran.", registers });
  const texts = new Counter({ name: "embedding_texts_total", help: "Texts embedded.", registers });
  const tokens = new Counter({
    name: "embedding_tokens_total",
    help: "Tokens that ran, padding included.",
    registers,
  });
  const inference = new Histogram({
    name: "embedding_inference_seconds",
    help: "Duration of the inference of one batch.",
    buckets: SECONDS,
    registers,
  });
  return {
    ...createCacheMetrics(registers),
    ran({ rows, tokens: count, seconds }) {
      batches.inc();
      texts.inc(rows);
      tokens.inc(count);
      inference.observe(seconds);
    },
    watch(name, value) {
      new Gauge({
        name,
        help: GAUGES[name],
        registers,
        collect() {
          this.set(value());
        },
      });
    },
  };
}

function createCacheMetrics(registers: Metrics["registry"][]): CacheMetrics {
  const counter = (name: string, help: string) =>
    new Counter({ name, help, labelNames: ["cache"], registers });
  const hits = counter("embedding_cache_hits_total", "Texts whose embedding was remembered.");
  const misses = counter("embedding_cache_misses_total", "Texts whose embedding was not remembered.");
  const errors = counter("embedding_cache_errors_total", "Reads and writes of a cache that failed.");
  return {
    looked(cache, outcome) {
      hits.inc({ cache }, outcome.hits);
      misses.inc({ cache }, outcome.misses);
    },
    failed(cache) {
      errors.inc({ cache });
    },
  };
}
