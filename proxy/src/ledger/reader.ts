import type { Redis } from "ioredis";
import type { Builds } from "../model/side.ts";
import type { Stage } from "../model/stage.ts";
import { type BreakerView, readCounters } from "./fields.ts";
import { indexKey, pageKey, parsePageName, samplesKey } from "./keys.ts";
import type { Sample, Tally } from "./tally.ts";

export type MethodView = { readonly method: string; readonly stage: Stage; readonly tally: Tally };

/** What is known of one pair of builds, over the days that are still kept. */
export type PairView = {
  readonly builds: Builds;
  /** UTC dates, oldest first. */
  readonly days: readonly string[];
  /** Unix milliseconds. */
  readonly lastCountedAt: number;
  /** By method, then from the lowest stage to the highest. */
  readonly methods: readonly MethodView[];
  readonly breakers: readonly BreakerView[];
  /** The names of all methods there are, called or not. */
  readonly known: readonly string[];
  /** Newest first. */
  readonly samples: readonly Sample[];
};

/** Pairs of builds, the one counted last first. Empty when nothing was ever counted. */
export type LedgerView = { readonly capability: string; readonly pairs: readonly PairView[] };

type Page = { readonly name: string; readonly writtenAt: number };

/**
 * Reads what all instances counted; a process that still runs may hold back the last quarter of a second. Rejects
 * when Redis is away. `tally.ts` says how the figures add up.
 */
export async function readLedger(redis: Redis, keyPrefix: string, capability: string): Promise<LedgerView> {
  const scored = await redis.zrevrange(indexKey(keyPrefix, capability), 0, -1, "WITHSCORES");
  const pages: Page[] = [];
  for (let i = 0; i < scored.length; i += 2) {
    pages.push({ name: scored[i] as string, writtenAt: Number(scored[i + 1]) });
  }
  const byPair = Map.groupBy(pages, ({ name }) => JSON.stringify(parsePageName(name).builds));
  const pairs = [...byPair.values()].map(async (ofPair) => {
    const builds = parsePageName((ofPair[0] as Page).name).builds;
    const hashes = await Promise.all(
      ofPair.map(({ name }) => redis.hgetall(pageKey(keyPrefix, capability, name))),
    );
    const samples = await redis.lrange(samplesKey(keyPrefix, capability, builds), 0, -1);
    return viewOf(builds, ofPair, { hashes, samples });
  });
  return { capability, pairs: await Promise.all(pairs) };
}

function viewOf(
  builds: Builds,
  pages: readonly Page[],
  read: { hashes: readonly Record<string, string>[]; samples: readonly string[] },
): PairView {
  return {
    builds,
    days: pages.map(({ name }) => parsePageName(name).day).sort(),
    lastCountedAt: Math.max(...pages.map(({ writtenAt }) => writtenAt)),
    ...readCounters(read.hashes),
    samples: read.samples.map((text) => JSON.parse(text) as Sample),
  };
}
