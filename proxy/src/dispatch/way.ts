/** Coverage that is lost, by reason; bytes as far as they were counted. */
export type Lost = { readonly reason: string; readonly bytes: number };

/** Another way to the extracted side than its stub, for one call. */
export type Way = {
  /**
   * Resolves with the answer and rejects as the stub would: DeadlinePassed when the service took longer than
   * `deadlineMs`, CallerGone when nobody waits for it any more. It keeps the deadline itself, because it alone knows
   * whether it waits for the service or for the caller. Called within the context of the call.
   */
  readonly ask: (deadlineMs: number) => Promise<unknown>;
  /** Whether the caller has a part of the answer already, so that no other side can answer any more. */
  readonly begun: boolean;
  /** The answer as the method's comparator takes it; called off the caller's path. Throws when it cannot be read. */
  readonly read: (answer: unknown) => unknown;
  /** Why the call, now that it is over, cannot be compared. */
  readonly lost: () => Lost | undefined;
};
