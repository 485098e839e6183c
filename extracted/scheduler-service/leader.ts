import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";

/** Mine: renewed. Nobody's: taken. */
const HOLD = `
if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("PEXPIRE", KEYS[1], ARGV[2]) end
if redis.call("SET", KEYS[1], ARGV[1], "NX", "PX", ARGV[2]) then return 1 end
return 0`;
const RELEASE = `if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0`;

type LeaderOptions = {
  readonly redis: Redis;
  readonly key: string;
  /** How long the lease lasts unless it is renewed, in milliseconds. */
  readonly ttlMs: number;
  /** Milliseconds of a clock that cannot be set. */
  readonly monotonicMs?: () => number;
};

/**
 * Chooses the instance that keeps the time, to spare the others the work. Two that both think it is them claim nothing
 * twice: the kernel sees to that.
 */
export class Leader {
  readonly #options: LeaderOptions;
  readonly #monotonicMs: () => number;
  readonly #holder = randomUUID();
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(options: LeaderOptions) {
    this.#options = options;
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now());
  }

  /** False as soon as the lease may have run out, whatever Redis would say. */
  get isHeld(): boolean {
    return this.#monotonicMs() < this.#untilMs;
  }

  /** Renews or takes the lease. Rejects when Redis does not answer; what is held then runs out. */
  async hold(): Promise<boolean> {
    const { redis, key, ttlMs } = this.#options;
    const fromMs = this.#monotonicMs();
    const held = (await redis.eval(HOLD, 1, key, this.#holder, ttlMs)) === 1;
    this.#untilMs = held ? fromMs + ttlMs : Number.NEGATIVE_INFINITY;
    return this.isHeld;
  }

  /** Lets go, so that nobody need wait for it to run out. */
  async release(): Promise<void> {
    this.#untilMs = Number.NEGATIVE_INFINITY;
    const { redis, key } = this.#options;
    // What cannot be said now the lease says by itself.
    await redis.eval(RELEASE, 1, key, this.#holder).catch(() => {});
  }
}
