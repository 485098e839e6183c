import CircuitBreaker from "opossum";
import type { Tried } from "./attempt.ts";
import type { BreakerState } from "./port.ts";
import { isDown } from "./verdict.ts";

const WINDOW_MS = 60_000;
const FEWEST = 5;

export type BreakerRun = { readonly tried: Tried; readonly wasProbe: boolean };

class Down extends Error {
  readonly tried: Tried;
  constructor(tried: Tried) {
    super("the endpoint is down");
    this.tried = tried;
  }
}

/**
 * Of one endpoint. Opens when half of at least five attempts within a minute found it down; every `probeMs` one
 * attempt is let through then, and whoever else has one waits.
 */
export class Breaker {
  readonly #circuit: CircuitBreaker<[() => Promise<Tried>], Tried>;
  #moved = Promise.withResolvers<void>();

  constructor(name: string, probeMs: number) {
    const run = async (attempt: () => Promise<Tried>) => {
      const tried = await attempt();
      if (isDown(tried.status)) throw new Down(tried);
      return tried;
    };
    this.#circuit = new CircuitBreaker(run, {
      name,
      timeout: false,
      errorThresholdPercentage: 50,
      volumeThreshold: FEWEST,
      resetTimeout: probeMs,
      rollingCountTimeout: WINDOW_MS,
      rollingCountBuckets: 6,
      rollingPercentilesEnabled: false,
    });
    const moved = () => {
      this.#moved.resolve();
      this.#moved = Promise.withResolvers();
    };
    this.#circuit.on("halfOpen", moved);
    this.#circuit.on("close", moved);
  }

  get state(): BreakerState {
    if (this.#circuit.closed) return "closed";
    return this.#circuit.halfOpen ? "half-open" : "open";
  }

  /** Makes the attempt when its turn has come. Undefined: `signal` aborted before. */
  async run(attempt: () => Promise<Tried>, signal: AbortSignal): Promise<BreakerRun | undefined> {
    while (!signal.aborted) {
      const moved = this.#moved.promise;
      const wasProbe = !this.#circuit.closed;
      try {
        return { tried: await this.#circuit.fire(attempt), wasProbe };
      } catch (error) {
        if (error instanceof Down) return { tried: error.tried, wasProbe };
        if (!(error instanceof Error && CircuitBreaker.isOurError(error))) throw error;
      }
      await orAborted(moved, signal);
    }
    return undefined;
  }

  close(): void {
    this.#circuit.shutdown();
  }
}

async function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const over = Promise.withResolvers<void>();
  const abort = () => over.resolve();
  signal.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([promise, over.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
