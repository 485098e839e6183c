import type { Backoff } from "./backoff.ts";

/** How fast the relay goes. Milliseconds, unless said otherwise. */
export type Tempo = {
  /** Between two looks at the lease and at what other kernels committed. */
  readonly pollMs: number;
  /** A leader that has not been heard of for this long is replaced. */
  readonly leaseMs: number;
  /** A cursor is written this long after it moved: what a crash repeats. */
  readonly saveMs: number;
  /** A delivery that takes longer has failed. */
  readonly deliverMs: number;
  readonly backoff: Backoff;
  /** Failures in a row after which an entry is put to the test: when one of another key gets through, it parks. */
  readonly patience: number;
  /** Commits read at once; the relay holds no more of a line. */
  readonly page: number;
  /** Branches that one sink works on at a time. */
  readonly abreast: number;
};

export const TEMPO: Tempo = {
  pollMs: 500,
  leaseMs: 5000,
  saveMs: 250,
  deliverMs: 10_000,
  backoff: { firstMs: 100, longestMs: 5000 },
  patience: 5,
  page: 100,
  abreast: 4,
};
