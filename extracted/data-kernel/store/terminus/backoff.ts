/** Time and chance, so that a test can decide both. */
export type Patience = {
  /** At least 0, below 1. */
  readonly random: () => number;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
};

const FIRST_MS = 20;
const LONGEST_MS = 2000;
/** No try starts later than this after the first: whoever called has given up by then. */
const GIVE_UP_MS = 10_000;

/** `worth`: which errors may be gone the next time. */
type Repetition = { readonly tries: number; readonly worth: (error: unknown) => boolean };

/** Repeats what may be repeated, after pauses that double and are jittered so that rivals do not meet again. */
export async function repeat<R>(
  attempt: () => Promise<R>,
  { tries, worth }: Repetition,
  patience: Patience,
): Promise<R> {
  const start = patience.now();
  for (let n = 1; ; n += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (n >= tries || !worth(error) || patience.now() - start > GIVE_UP_MS) throw error;
      await patience.pause(Math.min(LONGEST_MS, FIRST_MS * 2 ** (n - 1)) * (0.5 + patience.random()));
    }
  }
}
