import type { Settlement } from "../delivery.ts";
import type { Brought } from "./brought.ts";

export const GIVEN_BACK: Settlement = { as: "again", delayMs: 0, reason: "its subscriber stopped" };

/** Of `ackWaitMs`: longer than so many nobody works on one delivery. */
const MOST_WAITS = 20;

export type WatchOptions = { readonly keptAliveBy: "itself" | "handle"; readonly ackWaitMs: number };

/** How long one delivery may be worked on, and what JetStream is told meanwhile. */
export class Watch {
  readonly #message: Brought;
  readonly #options: WatchOptions;
  readonly #over = new AbortController();
  readonly #given = Promise.withResolvers<Settlement | undefined>();
  #timer: NodeJS.Timeout;
  #grace: NodeJS.Timeout | undefined;
  #waits = 0;

  constructor(message: Brought, options: WatchOptions) {
    this.#message = message;
    this.#options = options;
    this.#timer = options.keptAliveBy === "handle" ? this.#silence() : this.#beat();
  }

  /** Aborts when the work should end. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Resolves when the work took too long: undefined where JetStream brings the event again by itself. */
  get given(): Promise<Settlement | undefined> {
    return this.#given.promise;
  }

  working(): void {
    if (this.#options.keptAliveBy !== "handle" || this.signal.aborted) return;
    this.#message.working();
    clearTimeout(this.#timer);
    this.#timer = this.#silence();
  }

  /** The work is to end soon; after `graceMs` its event is given back. */
  end(graceMs: number): void {
    this.#over.abort();
    this.#grace = setTimeout(() => this.#given.resolve(GIVEN_BACK), graceMs);
  }

  close(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#grace);
  }

  #silence(): NodeJS.Timeout {
    return setTimeout(() => this.#expire(), this.#options.ackWaitMs);
  }

  #beat(): NodeJS.Timeout {
    return setInterval(() => {
      this.#waits += 1 / 3;
      if (this.#waits > MOST_WAITS) this.#expire();
      else this.#message.working();
    }, this.#options.ackWaitMs / 3);
  }

  #expire(): void {
    clearTimeout(this.#timer);
    this.#given.resolve(undefined);
    this.#over.abort();
  }
}
