import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import type { Batch } from "./batch.ts";
import { flushedKey, indexKey, pageKey, pageName, RETENTION_S, SAMPLES_KEPT, samplesKey } from "./keys.ts";

/**
 * Adds one batch, all or nothing, and once: a batch whose answer got lost is sent again under its number, and
 * the script knows the last number it added.
 */
const ADD = `
local batch, now, retention, kept = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
if tonumber(redis.call('GET', KEYS[1]) or '0') >= batch then return 0 end
redis.call('SET', KEYS[1], batch, 'EX', retention)
for i = 5, #ARGV do
  local page = cjson.decode(ARGV[i])
  local index, counters, samples = KEYS[3 * i - 13], KEYS[3 * i - 12], KEYS[3 * i - 11]
  redis.call('ZREMRANGEBYSCORE', index, '-inf', now - retention * 1000)
  redis.call('ZADD', index, now, page.name)
  redis.call('EXPIRE', index, retention)
  for n = 1, #page.counters, 2 do
    redis.call('HINCRBY', counters, page.counters[n], page.counters[n + 1])
  end
  redis.call('EXPIRE', counters, retention)
  for _, sample in ipairs(page.samples) do redis.call('LPUSH', samples, sample) end
  redis.call('LTRIM', samples, 0, kept - 1)
  redis.call('EXPIRE', samples, retention)
end
return 1`;

/** Resolves when the batch is in the ledger; on a rejection the same batch may be written again. */
export type WriteBatch = (batch: Batch) => Promise<void>;

export function createWriter(redis: Redis, keyPrefix: string): WriteBatch {
  const flushed = flushedKey(keyPrefix, randomUUID());
  return async (batch) => {
    const now = Date.now();
    const pages = batch.pages().map(({ book: { capability, builds }, counters, samples }) => {
      const name = pageName(builds, now);
      return {
        keys: [
          indexKey(keyPrefix, capability),
          pageKey(keyPrefix, capability, name),
          samplesKey(keyPrefix, capability, builds),
        ],
        content: JSON.stringify({
          name,
          counters: [...counters].flat(),
          samples: samples.map((sample) => JSON.stringify(sample)),
        }),
      };
    });
    const keys = [flushed, ...pages.flatMap((page) => page.keys)];
    const contents = pages.map((page) => page.content);
    await redis.eval(ADD, keys.length, ...keys, batch.id, now, RETENTION_S, SAMPLES_KEPT, ...contents);
  };
}
