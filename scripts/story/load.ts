import { setTimeout as wait } from "node:timers/promises";

/** One kind of call of a mixed load: how often relative to the others, and the call, which rejects when it fails. */
export type LoadCall = {
  readonly name: string;
  readonly weight: number;
  readonly make: (author: string) => Promise<void>;
};

export type LoadOptions = {
  readonly calls: readonly LoadCall[];
  readonly authors: readonly string[];
  /** Calls started per second. */
  readonly rate: number;
  readonly random: () => number;
  /**
   * Calls without an answer at most, two seconds' worth when absent. Beyond, it is the machine that cannot keep up, and
   * the clock waits: calls would queue until their callers, or the kernel's, give up.
   */
  readonly most?: number;
};

/** About what a service that hangs holds up until deadlines pass. */
const BEHIND_SECONDS = 2;

/** A steady open load: calls start by the clock, whether earlier ones have been answered or not. */
export class Load {
  readonly made: Record<string, number> = {};
  readonly failures: string[] = [];
  readonly #options: LoadOptions;
  readonly #total: number;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#total = options.calls.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** Makes `count` calls at the steady rate and resolves when all have ended. */
  run(count: number): Promise<void> {
    return this.#start((made) => made < count);
  }

  /** Makes calls until `until` settles; resolves to what it resolves to when all calls have ended. */
  async during<T>(until: Promise<T>): Promise<T> {
    let settled = false;
    const end = until.finally(() => {
      settled = true;
    });
    end.catch(() => {});
    await this.#start(() => !settled);
    return end;
  }

  get total(): number {
    return Object.values(this.made).reduce((sum, made) => sum + made, 0);
  }

  /** Starts calls by the clock for as long as `more` holds; resolves when all have ended. */
  async #start(more: (made: number) => boolean): Promise<void> {
    const { rate, most = rate * BEHIND_SECONDS } = this.#options;
    const underWay = new Set<Promise<void>>();
    let due = performance.now();
    for (let made = 0; more(made); made += 1) {
      await wait(Math.max(0, due - performance.now()));
      while (underWay.size >= most) {
        await Promise.race(underWay);
        due = performance.now();
      }
      due += 1000 / rate;
      const call = this.#call().finally(() => underWay.delete(call));
      underWay.add(call);
    }
    await Promise.all(underWay);
  }

  async #call(): Promise<void> {
    const { authors, random } = this.#options;
    const { name, make } = this.#draw();
    const author = authors[Math.floor(random() * authors.length)] ?? "nobody@story";
    this.made[name] = (this.made[name] ?? 0) + 1;
    try {
      await make(author);
    } catch (error) {
      this.failures.push(`${name} by ${author}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #draw(): LoadCall {
    let ticket = this.#options.random() * this.#total;
    for (const call of this.#options.calls) {
      ticket -= call.weight;
      if (ticket < 0) return call;
    }
    throw new Error("a load needs a call with a weight above 0");
  }
}
