import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import type { Patience } from "./backoff.ts";

/**
 * Lets kernels of several processes take turns at a database, for the server lets only one write at a time anyway and
 * makes the others begin again. It promises nothing: who cannot have the lease soon writes without, and the fence in
 * the data keeps them apart.
 */
export type Lease = {
  readonly around: <R>(turn: () => Promise<R>) => Promise<R>;
  readonly close: () => void;
};

export const NO_LEASE: Lease = { around: (turn) => turn(), close() {} };

export type LeaseOptions = {
  readonly url: string;
  /** Of the database, the same for all its kernels. */
  readonly key: string;
  readonly patience: Patience;
  /** For one answer of Redis, in milliseconds. */
  readonly commandMs?: number;
};

/** Ends by itself, when its holder was killed. */
const HELD_MS = 2000;
const MOST_WAIT_MS = 300;
const RELEASE = `if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0`;

/** A lease in Redis. While Redis is away everybody writes without. */
export async function openLease(options: LeaseOptions): Promise<Lease> {
  const { url, key, patience, commandMs = 100 } = options;
  const redis = await connect(url, commandMs);
  return {
    async around(turn) {
      const holder = randomUUID();
      const held = await acquire(redis, { key, holder }, patience);
      try {
        return await turn();
      } finally {
        if (held) await redis.eval(RELEASE, 1, key, holder).catch(() => {});
      }
    },
    close: () => redis.disconnect(),
  };
}

type Claim = { readonly key: string; readonly holder: string };

async function acquire(redis: Redis, { key, holder }: Claim, patience: Patience): Promise<boolean> {
  const start = patience.now();
  while (patience.now() - start < MOST_WAIT_MS) {
    const answer = await redis.set(key, holder, "PX", HELD_MS, "NX").catch(() => "away" as const);
    if (answer === "OK") return true;
    if (answer === "away") return false;
    await patience.pause(2 + 8 * patience.random());
  }
  return false;
}

async function connect(url: string, commandMs: number): Promise<Redis> {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandMs,
    connectTimeout: 2000,
    socketTimeout: 2000,
    retryStrategy: (attempts) => Math.min(100 * attempts, 1000),
  });
  // Whoever asks for the lease goes on without.
  redis.on("error", () => {});
  await redis.connect().catch(() => {});
  return redis;
}
