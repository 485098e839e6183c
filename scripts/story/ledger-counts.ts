import type { BreakerView } from "@oms/proxy/ledger/fields.ts";
import { readLedger } from "@oms/proxy/ledger/reader.ts";
import type { MutableTally } from "@oms/proxy/ledger/tally.ts";
import { Redis } from "ioredis";

/** Calls of a method by stage, all pairs of builds together. */
export type CallsByStage = Readonly<Record<string, number>>;

/** Reads what the strangler counted; `quit` closes it. */
export class LedgerCounts {
  readonly #redis: Redis;
  readonly #keyPrefix: string;

  constructor(env: Readonly<Record<string, string>>) {
    const { REDIS_URL: url = "", KEY_PREFIX: keyPrefix = "" } = env;
    this.#redis = new Redis(url);
    // Every command that suffers from it rejects with it as well.
    this.#redis.on("error", () => {});
    this.#keyPrefix = keyPrefix;
  }

  /** Calls made of `method` of `capability`, by stage. */
  async calls(capability: string, method: string): Promise<CallsByStage> {
    const counts: Record<string, number> = {};
    for (const view of await this.#methods(capability)) {
      if (view.method === method) counts[view.stage] = (counts[view.stage] ?? 0) + callsOf(view.tally);
    }
    return counts;
  }

  /** Resolves to the stages in which `calls` new calls of `method` were counted since `before`; undefined while fewer are. */
  async newStages(before: CallsByStage, { capability, method, calls }: Probe): Promise<string[] | undefined> {
    const now = await this.calls(capability, method);
    const rises = Object.entries(now).map(([stage, count]) => [stage, count - (before[stage] ?? 0)] as const);
    const total = rises.reduce((sum, [, rise]) => sum + rise, 0);
    return total < calls ? undefined : rises.filter(([, rise]) => rise > 0).map(([stage]) => stage);
  }

  /** How often each method's breaker opened and closed, all pairs of builds together. */
  async breakers(capability: string): Promise<BreakerView[]> {
    const { pairs } = await readLedger(this.#redis, this.#keyPrefix, capability);
    const byMethod = Map.groupBy(
      pairs.flatMap(({ breakers }) => breakers),
      ({ method }) => method,
    );
    return [...byMethod].map(([method, views]) => ({
      method,
      opened: views.reduce((sum, { opened }) => sum + opened, 0),
      closed: views.reduce((sum, { closed }) => sum + closed, 0),
    }));
  }

  async quit(): Promise<void> {
    await this.#redis.quit();
  }

  async #methods(capability: string) {
    const { pairs } = await readLedger(this.#redis, this.#keyPrefix, capability);
    return pairs.flatMap(({ methods }) => methods);
  }
}

export type Probe = { readonly capability: string; readonly method: string; readonly calls: number };

function callsOf({ passed, calls }: Pick<MutableTally, "passed" | "calls">): number {
  const sides = Object.values(calls).flatMap(({ value, answer, failure }) => [value, answer, failure]);
  return passed + sides.reduce((sum, count) => sum + count, 0);
}
