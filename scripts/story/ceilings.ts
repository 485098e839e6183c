import type { Ceiling } from "@oms/proxy/stage/ceiling.ts";
import { ceilingChannel, ceilingKey } from "@oms/proxy/stage/ceiling.ts";
import { Redis } from "ioredis";

/** Holds a capability at a stage at most, or lets it go, as a stored rollback does. */
export async function setCeiling(
  env: Readonly<Record<string, string>>,
  capability: string,
  ceiling: Ceiling | undefined,
): Promise<void> {
  const { REDIS_URL: url = "", KEY_PREFIX: prefix = "" } = env;
  const redis = new Redis(url);
  try {
    const key = ceilingKey(prefix, capability);
    await (ceiling ? redis.set(key, JSON.stringify(ceiling)) : redis.del(key));
    await redis.publish(ceilingChannel(prefix), capability);
  } finally {
    redis.disconnect();
  }
}
