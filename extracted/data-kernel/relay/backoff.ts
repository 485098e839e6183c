/** Milliseconds. */
export type Backoff = { readonly firstMs: number; readonly longestMs: number };

/**
 * How long to wait after the `attempts`-th failure in a row, in milliseconds: doubling up to the longest, less up to
 * half of it by `chance` (0 up to 1), so that twins and branches do not return all at once.
 */
export function pauseAfter(attempts: number, { firstMs, longestMs }: Backoff, chance: number): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(attempts - 1, 30));
  return full * (1 - chance / 2);
}
