import type { Logger } from "@oms/chassis/log.ts";

/** Says in the log that something is away, once and not with each attempt to reach it, and that it is back. */
export class Outage {
  readonly #log: Pick<Logger, "warn" | "info">;
  readonly #what: string;
  #lasts: boolean = false;

  constructor(log: Pick<Logger, "warn" | "info">, what: string) {
    this.#log = log;
    this.#what = what;
  }

  readonly seen = (err: unknown): void => {
    if (!this.#lasts) this.#log.warn({ err }, `${this.#what} is away; it is tried again and again`);
    this.#lasts = true;
  };

  readonly over = (): void => {
    if (this.#lasts) this.#log.info(`${this.#what} is back`);
    this.#lasts = false;
  };
}
