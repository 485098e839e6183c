/** Does one thing again and again, with a pause after each time. */
export class Loop {
  readonly #everyMs: number;
  readonly #run: () => Promise<void>;
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #under: Promise<void> = Promise.resolve();

  /** `run` never rejects. The first time is after one pause. */
  constructor(everyMs: number, run: () => Promise<void>) {
    this.#everyMs = everyMs;
    this.#run = run;
    this.#later();
  }

  /** Resolves when it is not under way, and does not begin again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#under;
  }

  #later(): void {
    if (this.#stopping.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#under = this.#run().then(() => this.#later());
    }, this.#everyMs);
  }
}
