/** Lets so many run at once; the others wait in order, and those that waited too long do not run at all. */
export class Turns {
  readonly #width: number;
  readonly #waitMs: number;
  readonly #now: () => number;
  readonly #queue: (() => void)[] = [];
  #running = 0;

  constructor(width: number, waitMs: number, now: () => number) {
    this.#width = width;
    this.#waitMs = waitMs;
    this.#now = now;
  }

  /** What `run` resolves or rejects with; undefined when its turn came too late. */
  async take<R>(run: () => Promise<R>): Promise<R | undefined> {
    const since = this.#now();
    if (this.#running < this.#width) this.#running += 1;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
    try {
      return this.#now() - since > this.#waitMs ? undefined : await run();
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}
