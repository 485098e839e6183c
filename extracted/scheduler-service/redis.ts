import type { Logger } from "@oms/chassis/log.ts";
import { Redis, type RedisOptions } from "ioredis";
import type { RedisSettings } from "./config.ts";
import { Outage } from "./outage.ts";

/**
 * Without ioredis's `failoverDetector`: what the sentinels tell it while it asks one of them for the master ends its
 * connection for good. A master that was stopped and replaced is left once it has been silent for `socketTimeout`.
 */
const COMMON = {
  connectTimeout: 2000,
  retryStrategy: (attempt) => Math.min(100 * attempt, 1000),
  sentinelCommandTimeout: 2000,
  sentinelRetryStrategy: (attempt) => Math.min(100 * attempt, 1000),
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
export function openRedis(settings: RedisSettings, use: "asking" | "waiting", logger: Logger): Redis {
  const options = use === "asking" ? ASKING : WAITING;
  const redis = connection(settings, options);
  const outage = new Outage(logger, "Redis");
  redis.on("error", outage.seen);
  redis.on("ready", outage.over);
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
