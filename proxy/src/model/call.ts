/** What one call of one side carries; the host puts it in its own context, sides never see the strangler. */
export type Call = {
  /** Idempotency key: the same for the authority, its fallback and the watched side. */
  readonly key: string;
  /** Unix milliseconds; absent when the side may take the time it takes. */
  readonly deadline?: number;
  /** Evaluated and compared, nothing it does is kept. */
  readonly shadow: boolean;
  /** Whether a shadow call will name this one as its `of`; the host need not keep anything of the others. */
  readonly watched?: boolean;
  /** Of a watched call: the authority's call, the very object that was entered before. */
  readonly of?: Call;
};
