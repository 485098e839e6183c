/** Time is saved up for so many of the longest calls at most: a long quiet spell does not buy a long burst. */
const CALLS_SAVED = 10;
/** Weight of the newest duration in what a call is expected to take. */
const NEWEST = 0.2;
/** An expectation halves in this time without a call, so one slow call does not end the watching for good. */
const HALF_LIFE_MS = 30_000;

type Expectation = { readonly ms: number; readonly at: number };

/**
 * Time for watched calls that share the caller's event loop: `share` of wall time, and no call expected to take
 * over `longestMs`. Times are milliseconds of one monotonic clock.
 */
export class Budget {
  readonly #share: number;
  readonly #longestMs: number;
  readonly #expectations = new Map<string, Expectation>();
  #savedMs: number;
  #savedAt: number;

  constructor(share: number, longestMs: number, now: number) {
    this.#share = share;
    this.#longestMs = longestMs;
    this.#savedMs = longestMs;
    this.#savedAt = now;
  }

  /**
   * Takes the time a call is expected to need, all that is allowed for a method never seen; undefined when there
   * is not enough of it.
   */
  take(method: string, now: number): number | undefined {
    this.#save(now);
    const expected = this.#expected(method, now) ?? this.#longestMs;
    if (expected > this.#longestMs || expected > this.#savedMs) return undefined;
    this.#savedMs -= expected;
    return expected;
  }

  /** Puts back what was taken and takes what was needed; a call that took longer is paid for by later ones. */
  settle(taken: number, neededMs: number): void {
    this.#savedMs += taken - neededMs;
  }

  /** Learns from any call of the method, watched or not. */
  learn(method: string, durationMs: number, now: number): void {
    const expected = this.#expected(method, now) ?? durationMs;
    this.#expectations.set(method, { ms: expected + NEWEST * (durationMs - expected), at: now });
  }

  #expected(method: string, now: number): number | undefined {
    const known = this.#expectations.get(method);
    return known && known.ms * 2 ** ((known.at - now) / HALF_LIFE_MS);
  }

  #save(now: number): void {
    this.#savedMs = Math.min(
      CALLS_SAVED * this.#longestMs,
      this.#savedMs + this.#share * (now - this.#savedAt),
    );
    this.#savedAt = now;
  }
}
