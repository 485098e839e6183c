import { createBreaker } from "@oms/chassis/grpc/breaker.ts";
import type { Logger } from "@oms/chassis/log.ts";
import { Redis } from "ioredis";
import type { CacheMetrics } from "../metrics.ts";
import type { Embedding } from "../port.ts";
import { decodeValue, encodeValue } from "./value.ts";

/** Embeddings that all instances share, by the hash of their text. Neither method throws, and neither waits long. */
export type SharedCache = {
  /** In the order of the hashes; undefined for what is not there, or cannot be had. */
  readonly read: (hashes: readonly string[]) => Promise<(Embedding | undefined)[]>;
  /** One embedding for each hash; comes back when they are kept, or cannot be. */
  readonly write: (hashes: readonly string[], embeddings: readonly Embedding[]) => Promise<void>;
  readonly close: () => void;
};

export type SharedCacheOptions = {
  readonly url: string;
  /** First part of every key; embeddings under different ones never meet. */
  readonly prefix: string;
  /** Length of a vector. */
  readonly dimensions: number;
  readonly ttlSeconds: number;
  readonly metrics: CacheMetrics;
  readonly logger: Logger;
};

/** The database of vectors where the URL names none. */
const DATABASE = 5;
/** Longer, and the model would have been quicker. */
const COMMAND_MS = 100;
/** A value has at most 32 KiB. */
const MOST_DIMENSIONS = 8191;

/** Vectors in Redis. While it is away everything is a miss, one warning says so, and the connection comes back. */
export async function openSharedCache(options: SharedCacheOptions): Promise<SharedCache> {
  const { prefix, dimensions, ttlSeconds, metrics } = options;
  const redis = await connect(options.url);
  const breaker = createBreaker("Redis");
  const attempt = watched(options, (run) => breaker.run(run));
  return {
    async read(hashes) {
      if (hashes.length === 0) return [];
      const found = await attempt(() => redis.mgetBuffer(hashes.map((hash) => prefix + hash)));
      if (!found) return hashes.map(() => undefined);
      const embeddings = found.map((bytes) => (bytes ? decodeValue(bytes, dimensions) : undefined));
      const hits = embeddings.filter((each) => each !== undefined).length;
      metrics.looked("redis", { hits, misses: hashes.length - hits });
      return embeddings;
    },
    async write(hashes, embeddings) {
      if (hashes.length === 0 || dimensions > MOST_DIMENSIONS) return;
      await attempt(async () => {
        const pipeline = redis.pipeline();
        for (const [index, embedding] of embeddings.entries()) {
          pipeline.set(`${prefix}${hashes[index]}`, encodeValue(embedding), "EX", ttlSeconds);
        }
        for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
      });
    },
    close() {
      breaker.close();
      redis.disconnect();
    },
  };
}

async function connect(url: string): Promise<Redis> {
  const redis = new Redis(url, {
    db: DATABASE,
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_MS,
    connectTimeout: 2000,
    socketTimeout: 2000,
    retryStrategy: (attempts) => Math.min(100 * attempts, 1000),
  });
  // Whoever uses the connection sees its own command fail.
  redis.on("error", () => {});
  // The first attempt; others follow by themselves.
  await redis.connect().catch(() => {});
  return redis;
}

type Run = <R>(run: () => Promise<R>) => Promise<R>;

/** Runs a command; one that fails is counted and gives undefined. Only the first of a row of failures is a warning. */
function watched({ metrics, logger }: SharedCacheOptions, through: Run) {
  let away = false;
  return async <R>(command: () => Promise<R>): Promise<R | undefined> => {
    try {
      const answer = await through(command);
      if (away) logger.info("Redis is back: vectors are shared again");
      away = false;
      return answer;
    } catch (err) {
      metrics.failed("redis");
      if (!away) logger.warn({ err }, "Redis is away: vectors are not shared until it is back");
      away = true;
      return undefined;
    }
  };
}
