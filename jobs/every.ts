import type { Logger } from "@oms/chassis/log.ts";

type EveryOptions = {
  readonly everyMs: number;
  readonly log: Pick<Logger, "warn" | "info">;
  /** What is done, as the log is to call it. */
  readonly name: string;
};

/**
 * Does something again and again while it is on, first at once, never twice at a time. One that fails is followed by the
 * next; only the first of a row of failures is a warning.
 */
export class Every {
  readonly #run: () => Promise<unknown>;
  readonly #options: EveryOptions;
  #on: boolean = false;
  #failing: boolean = false;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(run: () => Promise<unknown>, options: EveryOptions) {
    this.#run = run;
    this.#options = options;
  }

  readonly start = (): void => {
    if (this.#on) return;
    this.#on = true;
    this.#running = this.#running.then(() => this.#again());
  };

  readonly stop = (): Promise<void> => {
    this.end();
    return this.#running;
  };

  /** What runs is the last. */
  end(): void {
    this.#on = false;
    clearTimeout(this.#timer);
  }

  async #again(): Promise<void> {
    if (!this.#on) return;
    const { everyMs, log, name } = this.#options;
    try {
      await this.#run();
      if (this.#failing) log.info(`${name} goes on`);
      this.#failing = false;
    } catch (err) {
      if (!this.#failing) log.warn({ err }, `${name} cannot be done; it is tried again and again`);
      this.#failing = true;
    }
    if (!this.#on) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#again();
    }, everyMs);
  }
}
