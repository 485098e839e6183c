/** What the lane may take, for all capabilities of a process together. */
export type Limits = {
  /** Calls admitted and not yet compared. */
  readonly calls: number;
  /** Size of what is kept for them: copies of arguments and answers. */
  readonly bytes: number;
  /** Of one call's arguments and its answer. */
  readonly bytesPerCall: number;
  /** How long a call may wait for its turn, in milliseconds. */
  readonly waitMs: number;
  /** Watched calls of extracted sides under way at once. */
  readonly concurrency: number;
  /** Share of wall time for watched calls of in-process sides, which run one at a time. */
  readonly inProcessShare: number;
  /** In-process calls expected to take longer, in milliseconds, are not watched. */
  readonly inProcessMs: number;
  /** Share of the calls offered to the lane at all. */
  readonly sample: number;
  /** Share of the watched calls for which the in-process side is also compared with itself. */
  readonly control: number;
};

export const DEFAULT_LIMITS: Limits = {
  calls: 1000,
  bytes: 64 * 2 ** 20,
  bytesPerCall: 2 ** 20,
  waitMs: 10_000,
  concurrency: 8,
  inProcessShare: 0.01,
  inProcessMs: 10,
  sample: 1,
  control: 0.05,
};
