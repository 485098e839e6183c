import { Redis } from "ioredis";

/** A connection that never makes anyone wait: commands fail at once while Redis is away, and after two seconds. */
export function openRedis(url: string): Redis {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 2000,
    connectTimeout: 2000,
    socketTimeout: 5000,
    retryStrategy: (attempt) => Math.min(100 * attempt, 1000),
  });
  // Its users see their own commands fail; the connection comes back by itself.
  redis.on("error", () => {});
  return redis;
}
