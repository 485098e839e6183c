import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { scheduler } from "node:timers/promises";
import { createLogger } from "@oms/chassis/log.ts";
import { createMetrics } from "@oms/chassis/metrics.ts";
import { Redis } from "ioredis";
import { createEmbeddingMetrics } from "../metrics.ts";
import type { Embedding } from "../port.ts";
import { type OwnRedis, startRedis } from "../redis.fixture.ts";
import { openSharedCache, type SharedCache, type SharedCacheOptions } from "./shared-cache.ts";

let redis: OwnRedis;
before(async () => {
  redis = await startRedis();
});
after(() => redis.stop());

const closes: (() => void)[] = [];
afterEach(() => {
  for (const close of closes.splice(0)) close();
});

type Opened = SharedCache & {
  /** Warnings and notices it wrote, by their text. */
  readonly said: string[];
  readonly count: (metric: "hits" | "misses" | "errors") => Promise<number>;
};

async function open(over: Partial<SharedCacheOptions> = {}): Promise<Opened> {
  const said: string[] = [];
  const logger = createLogger("test", "info", { write: (line) => said.push(JSON.parse(line).msg) });
  const metrics = createMetrics("test");
  const cache = await openSharedCache({
    url: redis.url,
    prefix: "test:",
    dimensions: 3,
    ttlSeconds: 60,
    metrics: createEmbeddingMetrics(metrics),
    logger,
    ...over,
  });
  closes.push(cache.close);
  return {
    ...cache,
    said,
    async count(metric) {
      const counter = metrics.registry.getSingleMetric(`embedding_cache_${metric}_total`);
      const { values } = (await counter?.get()) ?? { values: [] };
      return values.reduce((sum, { value }) => sum + value, 0);
    },
  };
}

const embedding = (...values: number[]): Embedding => {
  return { vector: Float32Array.from(values), poorlyCovered: false, truncated: true };
};

/** Writes until the same comes back; the test runner's timeout bounds it. */
async function untilShared(cache: SharedCache, hash: string): Promise<void> {
  for (;;) {
    await cache.write([hash], [embedding(1, 2, 3)]);
    if ((await cache.read([hash]))[0]) return;
    await scheduler.wait(5);
  }
}

test("what one instance writes another reads, in the order it asks", async () => {
  const [one, other] = [await open(), await open()];
  await one.write(["a", "b"], [embedding(1, 2, 3), embedding(4, 5, 6)]);
  const found = await other.read(["b", "none", "a"]);
  assert.deepEqual(found, [embedding(4, 5, 6), undefined, embedding(1, 2, 3)]);
  assert.deepEqual([await other.count("hits"), await other.count("misses")], [2, 1]);
  assert.deepEqual([one.said, other.said], [[], []]);
});

test("a value lies in database 5 under its prefix, and for its time alone", async () => {
  const cache = await open({ prefix: "place:" });
  await cache.write(["a"], [embedding(1, 2, 3)]);
  const client = new Redis(redis.url, { db: 5 });
  closes.push(() => client.disconnect());
  assert.deepEqual([await client.keys("place:*"), await client.strlen("place:a")], [["place:a"], 16]);
  const ttl = await client.ttl("place:a");
  assert.ok(ttl > 0 && ttl <= 60);
});

test("what is not an embedding of the model's size is a miss", async () => {
  const cache = await open({ dimensions: 4 });
  await (await open()).write(["small"], [embedding(1, 2, 3)]);
  assert.deepEqual(await cache.read(["small"]), [undefined]);
  assert.equal(await cache.count("misses"), 1);
});

test("Redis killed: everything is a miss, told once, counted; back again: vectors are shared again", async () => {
  const cache = await open();
  await untilShared(cache, "k");
  await redis.kill();
  for (let call = 0; call < 20; call++) {
    assert.deepEqual(await cache.read(["k", "l"]), [undefined, undefined]);
    await cache.write(["k"], [embedding(1, 2, 3)]);
  }
  assert.deepEqual(cache.said, ["Redis is away: vectors are not shared until it is back"]);
  assert.equal(await cache.count("errors"), 40);
  await redis.restart();
  await untilShared(cache, "k");
  assert.deepEqual(cache.said.slice(1), ["Redis is back: vectors are shared again"]);
});

test("Redis that is there but does not answer is as good as away", async () => {
  const cache = await open();
  await untilShared(cache, "h");
  redis.signal("SIGSTOP");
  const read = await Promise.all(Array.from({ length: 50 }, () => cache.read(["h"])));
  assert.ok(read.every(([embedding]) => embedding === undefined));
  assert.equal(cache.said.length, 1);
  redis.signal("SIGCONT");
  await untilShared(cache, "h");
});

test("Redis that was never there keeps nobody from opening and using the cache", async () => {
  const cache = await open({ url: "/nowhere/redis.sock" });
  assert.deepEqual(await cache.read(["a"]), [undefined]);
  await cache.write(["a"], [embedding(1, 2, 3)]);
  assert.equal(cache.said.length, 1);
});
