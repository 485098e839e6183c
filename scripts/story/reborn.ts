import { setTimeout as wait } from "node:timers/promises";
import type { Handle } from "./story.ts";

/** One that cannot be started this often in a row will not be the next time either. */
const MOST_STARTS = 20;
const PAUSE_MS = 200;

/** A process that may end at any moment, by itself or by `kill`, and is started again each time. */
export class Reborn {
  deaths = 0;
  readonly handle: Handle;
  readonly #over = new AbortController();
  readonly #life: Promise<void>;

  constructor(handle: Handle) {
    this.handle = handle;
    this.#life = this.#live();
    this.#life.catch(() => undefined);
  }

  kill(): void {
    if (this.handle.runs()) this.handle.kill("SIGKILL");
  }

  /** It is started no more and may still end; throws when it could not be started. */
  async rest(): Promise<void> {
    this.#over.abort();
    await this.#life;
    this.handle.letDie();
  }

  async #live(): Promise<void> {
    const { signal } = this.#over;
    const over = new Promise((resolve) => signal.addEventListener("abort", resolve));
    while (!signal.aborted) {
      this.handle.letDie();
      await Promise.race([this.handle.exited(), over]);
      if (signal.aborted) return;
      this.deaths += 1;
      await this.#start(MOST_STARTS);
    }
  }

  /** It may end before it is ready. */
  async #start(left: number): Promise<void> {
    try {
      await this.handle.restart();
    } catch (error) {
      if (this.#over.signal.aborted) return;
      if (left === 1) throw error;
      await wait(PAUSE_MS);
      await this.#start(left - 1);
    }
  }
}
