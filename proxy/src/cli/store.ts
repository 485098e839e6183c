import { Redis } from "ioredis";
import { type LedgerView, readLedger } from "../ledger/reader.ts";
import { type Ceiling, ceilingKey, parseCeiling } from "../stage/ceiling.ts";

const ANSWER_WITHIN_MS = 3000;

/** What Redis holds about one capability. */
export type Stored = { readonly ceiling: Ceiling | undefined; readonly ledger: LedgerView };

/** What the strangler keeps in Redis, read once. Rejects with a sentence a person can act on. */
export class Store {
  readonly #redis: Redis;
  readonly #url: string;
  readonly #keyPrefix: string;

  constructor(url: string, keyPrefix: string) {
    this.#url = url;
    this.#keyPrefix = keyPrefix;
    this.#redis = new Redis(url, {
      lazyConnect: true,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      connectTimeout: ANSWER_WITHIN_MS,
      commandTimeout: ANSWER_WITHIN_MS,
    });
    // Every command that suffers from it rejects with it as well.
    this.#redis.on("error", () => {});
  }

  ledger(capability: string): Promise<LedgerView> {
    return this.#ask(() => readLedger(this.#redis, this.#keyPrefix, capability));
  }

  async ceiling(capability: string): Promise<Ceiling | undefined> {
    return parseCeiling(await this.#ask(() => this.#redis.get(ceilingKey(this.#keyPrefix, capability))));
  }

  async stored(capability: string): Promise<Stored> {
    return { ceiling: await this.ceiling(capability), ledger: await this.ledger(capability) };
  }

  close(): void {
    this.#redis.disconnect();
  }

  async #ask<R>(command: () => Promise<R>): Promise<R> {
    try {
      if (this.#redis.status === "wait") await this.#redis.connect();
      return await command();
    } catch (error) {
      throw new Error(`Redis at ${this.#url} does not answer`, { cause: error });
    }
  }
}
