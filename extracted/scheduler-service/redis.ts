import { Redis, type RedisOptions } from "ioredis";
import type { RedisSettings } from "./config.ts";

const COMMON = {
  connectTimeout: 2000,
  retryStrategy: (attempt) => Math.min(100 * attempt, 1000),
  // A master that was stopped and replaced would otherwise be asked for as long as its socket stands.
  failoverDetector: true,
  sentinelCommandTimeout: 2000,
  sentinelRetryStrategy: (attempt) => Math.min(100 * attempt, 1000),
  sentinelReconnectStrategy: (attempt) => Math.min(100 * attempt, 1000),
} satisfies RedisOptions;

/** For those who add and ask: a command fails at once while Redis is away, and after two seconds of silence. */
const ASKING = {
  ...COMMON,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  commandTimeout: 2000,
  socketTimeout: 2000,
} satisfies RedisOptions;

/** For those who wait for work: they wait for Redis as well. Longer than a blocking command lasts (`drainDelay`). */
const WAITING = {
  ...COMMON,
  maxRetriesPerRequest: null,
  socketTimeout: 5000,
  enableAutoPipelining: true,
} satisfies RedisOptions;

/**
 * A connection that comes back by itself. It must connect by itself, too: BullMQ asks a lazy one to, and never tries
 * again where Redis goes away meanwhile.
 */
export function openRedis(settings: RedisSettings, use: "asking" | "waiting"): Redis {
  const options = use === "asking" ? ASKING : WAITING;
  const redis = connection(settings, options);
  // Its users see their own commands fail.
  redis.on("error", () => {});
  return redis;
}

function connection(settings: RedisSettings, options: typeof ASKING | typeof WAITING): Redis {
  const { REDIS_URL, REDIS_SENTINELS, REDIS_MASTER, REDIS_PASSWORD } = settings;
  if (REDIS_URL !== undefined) return new Redis(REDIS_URL, options);
  const sentinels = (REDIS_SENTINELS ?? "").split(",").map((address) => {
    const [host = "", port] = address.split(/:(?=\d+$)/);
    return { host, port: Number(port) };
  });
  const password = REDIS_PASSWORD === undefined ? {} : { password: REDIS_PASSWORD };
  return new Redis({ ...options, ...password, sentinels, name: REDIS_MASTER });
}
