/** How long ahead of its children a worker takes work, in milliseconds. */
const AHEAD_MS = 50;
/** Taken for the first ones, of which nothing is known yet. */
const FIRST_MS = 50;
/** How much one execution says of the next. */
const WEIGHT = 0.05;

type PrefetchOptions = {
  readonly children: number;
  /** Never more than that. */
  readonly most: number;
  /** How long the commit of an attempt's begin may wait for others, in milliseconds. */
  readonly windowMs: number;
};

/**
 * How many executions a worker takes at a time. An execution is begun before a child has it, so that the commit of its
 * begin costs the child no time; what takes long is left to whoever has a child for it.
 */
export class Prefetch {
  readonly #options: PrefetchOptions;
  #meanMs = FIRST_MS;

  constructor(options: PrefetchOptions) {
    this.#options = options;
  }

  get limit(): number {
    const { children, most, windowMs } = this.#options;
    const ahead = Math.floor((children * (AHEAD_MS + windowMs)) / this.#meanMs);
    return Math.min(Math.max(most, children), children + ahead);
  }

  /** An execution has had its child for so long. One that takes long says so at once. */
  took(ms: number): void {
    const mean = this.#meanMs + WEIGHT * (ms - this.#meanMs);
    this.#meanMs = Math.max(0.1, ms > AHEAD_MS ? Math.max(mean, ms) : mean);
  }
}
