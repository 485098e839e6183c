const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
const HEALTHY_MS = 60_000;

/** How long to wait before the next start of a process that died: twice as long each time, from a second on. */
export function backoff(deaths: number): number {
  return Math.min(FIRST_MS * 2 ** (deaths - 1), LONGEST_MS);
}

/** Counts deaths in a row; a process that lived for a minute starts over. Times in milliseconds. */
export function deathsInARow(before: number, livedMs: number): number {
  return livedMs >= HEALTHY_MS ? 1 : before + 1;
}
