const FIRST_FACTOR = 4;
const LONGEST_MS = 3_600_000;

/**
 * How long after the `attempt`th failure, from 1, the next attempt is made, in milliseconds: four times as long after
 * each, an hour at most, and of that a half to the whole by `chance` from 0 up to 1.
 */
export function retryDelayMs(attempt: number, firstMs: number, chance: number): number {
  const wholeMs = Math.min(LONGEST_MS, firstMs * FIRST_FACTOR ** (attempt - 1));
  return wholeMs * (0.5 + chance / 2);
}

/** Of a Retry-After (RFC 9110): seconds or a date, an hour at most. Undefined: it says nothing that can be heeded. */
export function retryAfterMs(said: string | undefined, nowMs: number): number | undefined {
  if (said === undefined) return undefined;
  const afterMs = /^\d{1,9}$/.test(said) ? Number(said) * 1000 : Date.parse(said) - nowMs;
  return Number.isNaN(afterMs) ? undefined : Math.min(LONGEST_MS, Math.max(0, afterMs));
}
