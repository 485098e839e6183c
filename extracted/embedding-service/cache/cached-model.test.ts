import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { createMetrics } from "@oms/chassis/metrics.ts";
import { Redis } from "ioredis";
import { createEmbeddingMetrics } from "../metrics.ts";
import type { Model } from "../model/model.ts";
import type { Embedding } from "../port.ts";
import { type OwnRedis, startRedis } from "../redis.fixture.ts";
import { cachedModel } from "./cached-model.ts";
import { openSharedCache, type SharedCache } from "./shared-cache.ts";

let redis: OwnRedis;
let stored: Redis;
let shared: SharedCache;
const metrics = createEmbeddingMetrics(createMetrics("test"));
/** Texts the model was asked for, in order. */
const asked: string[] = [];

before(async () => {
  redis = await startRedis();
  stored = new Redis(redis.url, { db: 5 });
  const options = { url: redis.url, prefix: "", dimensions: 2, ttlSeconds: 60, metrics };
  shared = await openSharedCache({ ...options, logger: createLogger("test", "silent") });
});
beforeEach(async () => {
  await stored.flushdb();
  asked.length = 0;
});
after(async () => {
  shared.close();
  stored.disconnect();
  await redis.stop();
});

const embedding = (text: string): Embedding => {
  return { vector: Float32Array.of(text.length, 1), poorlyCovered: false, truncated: false };
};

/** A model whose vector of a text is its length. */
const lengths: Model = {
  version: "lengths",
  dimensions: 2,
  embed: async (text) => embedding(text),
  async embedBatch(texts) {
    asked.push(...texts);
    return texts.map(embedding);
  },
  queued: () => 0,
  close: async () => {},
};

const instance = (over: { most?: number; shared?: SharedCache | undefined } = {}) =>
  cachedModel(lengths, { most: 100, shared, metrics, ...over });

/** Waits until Redis holds `count` values; the test runner's timeout bounds it. */
async function untilStored(count: number): Promise<void> {
  while ((await stored.dbsize()) !== count);
}

const inShadow = <R>(run: () => Promise<R>) => runInContext(newContext({ shadow: true }), run);

test("a text is computed once, alone or in batches, and answers keep the order of the texts", async () => {
  const model = instance({ shared: undefined });
  assert.deepEqual(await model.embed("a"), embedding("a"));
  const texts = ["ccc", "a", "bb", "ccc"];
  assert.deepEqual(await model.embedBatch(texts), texts.map(embedding));
  assert.deepEqual(await model.embedBatch(texts), texts.map(embedding));
  assert.deepEqual(asked, ["a", "ccc", "bb"]);
});

test("an instance takes from Redis what another has computed", async () => {
  await instance().embedBatch(["a", "bb"]);
  await untilStored(2);
  const other = instance();
  assert.deepEqual(await other.embedBatch(["bb", "ccc"]), ["bb", "ccc"].map(embedding));
  assert.deepEqual(asked, ["a", "bb", "ccc"]);
});

test("what came from Redis is remembered in the process too", async () => {
  await instance().embed("a");
  await untilStored(1);
  const other = instance();
  await other.embed("a");
  await stored.flushdb();
  await other.embed("a");
  assert.deepEqual(asked, ["a"]);
});

test("the process forgets what it used longest ago", async () => {
  const model = instance({ most: 2, shared: undefined });
  for (const text of ["a", "bb", "a", "ccc", "a", "bb"]) await model.embed(text);
  assert.deepEqual(asked, ["a", "bb", "ccc", "bb"]);
});

test("a shadow call asks the model although the answer is remembered, and leaves nothing behind", async () => {
  const model = instance();
  await model.embed("a");
  await untilStored(1);
  await inShadow(() => model.embed("a"));
  await inShadow(() => model.embedBatch(["a", "bb"]));
  assert.deepEqual(asked, ["a", "a", "a", "bb"]);
  await model.embed("bb");
  assert.deepEqual(asked.slice(4), ["bb"]);
  await untilStored(2);
});
