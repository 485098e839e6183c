import type { Redis } from "ioredis";
import type { Log } from "../model/log.ts";
import { type Ceiling, ceilingChannel, ceilingKey, parseCeiling } from "./ceiling.ts";

/** How often ceilings are read when no message hurries it. */
const READ_EVERY_MS = 2000;

export type CeilingsOptions = {
  readonly redis: Redis;
  readonly keyPrefix: string;
  readonly capabilities: () => readonly string[];
  readonly log: Log;
  /** Called when what is known has changed. */
  readonly changed: () => void;
};

/** The ceilings stored in Redis; while Redis is away, the last ones known. */
export class Ceilings {
  readonly #options: CeilingsOptions;
  readonly #subscriber: Redis;
  #known: ReadonlyMap<string, Ceiling> = new Map();
  #fresh = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: CeilingsOptions) {
    this.#options = options;
    this.#subscriber = options.redis.duplicate();
    this.#subscriber.on("error", () => {});
    this.#subscriber.on("ready", () => {
      this.#subscriber.subscribe(ceilingChannel(options.keyPrefix)).catch(() => {});
    });
    this.#subscriber.on("message", () => void this.read());
  }

  /** Resolves after the first reading, whether it succeeded or not. */
  async start(): Promise<void> {
    this.#subscriber.connect().catch(() => {});
    await this.read();
    this.#timer = setInterval(() => void this.read(), READ_EVERY_MS);
    this.#timer.unref();
  }

  ceiling(capability: string): Ceiling | undefined {
    return this.#known.get(capability);
  }

  /** False while Redis does not answer: what `ceiling` says is the last that was known. */
  get fresh(): boolean {
    return this.#fresh;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#subscriber.disconnect();
  }

  /** Never rejects. */
  async read(): Promise<void> {
    const { redis, keyPrefix, capabilities, log, changed } = this.#options;
    const names = capabilities();
    if (names.length === 0) return;
    try {
      const texts = await redis.mget(names.map((name) => ceilingKey(keyPrefix, name)));
      const read = names.map((name, i) => [name, parseCeiling(texts[i] ?? null)] as const);
      this.#known = new Map(read.filter((pair): pair is [string, Ceiling] => pair[1] !== undefined));
      this.#fresh = true;
      changed();
    } catch (error) {
      if (this.#fresh)
        log.warn({ error: String(error) }, "ceilings cannot be read: the last known ones hold");
      this.#fresh = false;
    }
  }
}
