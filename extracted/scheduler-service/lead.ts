import type { Logger } from "@oms/chassis/log.ts";
import type { Leader } from "./leader.ts";

/** What only the instance that leads does. `stop` resolves when nothing of it goes on. */
export type Duty = { readonly start: () => void; readonly stop: () => Promise<void> | void };

type LeadOptions = {
  readonly leader: Leader;
  readonly duties: readonly Duty[];
  /** How often the lease is renewed or tried for, in milliseconds. */
  readonly everyMs: number;
  readonly logger: Logger;
};

/** Keeps trying to lead, and does the duties for as long as it does. `stop` lets go of the lease at once. */
export class Lead {
  readonly #options: LeadOptions;
  #onDuty: boolean = false;
  #stopped: boolean = false;
  #timer: NodeJS.Timeout | undefined;
  #pulse: Promise<void> = Promise.resolve();

  constructor(options: LeadOptions) {
    this.#options = options;
  }

  get onDuty(): boolean {
    return this.#onDuty;
  }

  start(): void {
    this.#pulse = this.#beat();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#pulse;
    await this.#goOff("is told to stop");
    await this.#options.leader.release();
  }

  async #beat(): Promise<void> {
    const { leader, everyMs } = this.#options;
    // Redis away: what is held is held until it runs out.
    const held = await leader.hold().catch(() => leader.isHeld);
    if (held && !this.#stopped) this.#goOn();
    else await this.#goOff("no longer has the lease");
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#pulse = this.#beat();
    }, everyMs);
  }

  #goOn(): void {
    if (this.#onDuty) return;
    this.#onDuty = true;
    this.#options.logger.info("this instance keeps the time now");
    for (const duty of this.#options.duties) duty.start();
  }

  async #goOff(why: string): Promise<void> {
    if (!this.#onDuty) return;
    this.#onDuty = false;
    this.#options.logger.info(`this instance ${why}: another one keeps the time`);
    for (const duty of this.#options.duties) await duty.stop();
  }
}
