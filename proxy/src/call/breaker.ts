import CircuitBreaker from "opossum";

/** Failing calls within ten seconds before a breaker may open: one bad call is no evidence. */
const VOLUME = 5;
/** How long an open breaker refuses before it lets one call through, in milliseconds. */
const RESET_MS = 2000;

export type BreakerState = "closed" | "open" | "half-open";

/** A breaker refused to call. */
export class BreakerOpen extends Error {
  override readonly name = "BreakerOpen";
}

/**
 * Stops calling a side that over half of the time fails to answer, and tries again with one call at a time. An
 * error for which `isAnswer` holds is not a failure.
 */
export class Breaker {
  readonly #circuit: CircuitBreaker<[() => Promise<unknown>], unknown>;

  constructor(isAnswer: (error: unknown) => boolean, changed: (event: "opened" | "closed") => void) {
    this.#circuit = new CircuitBreaker((run: () => Promise<unknown>) => run(), {
      // Deadlines are `within`'s; percentiles block the loop for milliseconds at every failure.
      timeout: false,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      errorThresholdPercentage: 50,
      volumeThreshold: VOLUME,
      resetTimeout: RESET_MS,
      errorFilter: isAnswer,
    });
    let closed = true;
    this.#circuit.on("open", () => {
      // A trial that failed opens it once more, but it is the same outage.
      if (closed) changed("opened");
      closed = false;
    });
    this.#circuit.on("close", () => {
      closed = true;
      changed("closed");
    });
  }

  get state(): BreakerState {
    if (this.#circuit.opened) return "open";
    return this.#circuit.halfOpen ? "half-open" : "closed";
  }

  /** What `run` resolves or rejects with, or a BreakerOpen. */
  async fire<R>(run: () => Promise<R>): Promise<R> {
    try {
      return (await this.#circuit.fire(run)) as R;
    } catch (error) {
      if (error instanceof Error && CircuitBreaker.isOurError(error)) throw new BreakerOpen(error.message);
      throw error;
    }
  }

  stop(): void {
    this.#circuit.shutdown();
  }
}
