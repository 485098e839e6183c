import type { Comparison } from "./comparison.ts";
import type { Fields } from "./host.ts";
import type { Answer, Args } from "./port.ts";
import type { Builds } from "./side.ts";

/**
 * `read` touches nothing; `idempotent`: repeating with the same key, on either side, changes nothing more;
 * `once`: repeating does it again, so it is never retried and has no fallback.
 */
export type Effect = "read" | "idempotent" | "once";

export type Method<M> = {
  readonly effect: Effect;
  readonly compare: (authority: Answer<M>, watched: Answer<M>, args: Args<M>) => Comparison;
  /** What the extracted side gets to answer, in milliseconds; 5,000 when absent. */
  readonly deadlineMs?: number;
  /**
   * An error that comes from what a shadow call does not touch, such as a server that it sends nothing to. Where the
   * live call met it and its shadow answered, the pair says nothing.
   */
  readonly liveOnly?: (error: unknown) => boolean;
  /** The extracted side's failure reaches the caller although in-process could answer. */
  readonly fallback?: "never";
  /** Tells apart the calls of this method that one caller's key covers, such as two objects in one request. */
  readonly key?: (...args: Args<M>) => string;
  /**
   * What the arguments name that a flag may route by, beside the host's own fields: the job of a call about a job.
   * Looked at before any side has seen the arguments; when it throws, the call is routed without them.
   */
  readonly fields?: (...args: Args<M>) => Fields;
};

export type Methods<T> = { readonly [K in keyof T]-?: Method<T[K]> };

/** What moves and rolls back as a unit. */
export type Capability<T> = {
  /** As in the flag `oms.<name>`. */
  readonly name: string;
  /** Loaded when a stage first uses it, once. */
  readonly inProcess: () => Promise<T>;
  readonly extracted: () => Promise<T>;
  readonly methods: Methods<T>;
  /** The builds that answer now; read after a side answered, so it may be learnt from the answer. */
  readonly builds: () => Builds;
  /**
   * Makes arguments and answers of a mismatch fit to be kept; absent: texts are hidden, vectors summed up. The
   * seed is kept with them, so what it is derived from can be derived again.
   */
  readonly redact?: (value: unknown, seed: number) => unknown;
};

/** A port whose methods' types were checked where it was strangled. */
export type AnyPort = Readonly<Record<string, (...args: unknown[]) => Promise<unknown>>>;

export type AnyMethod = Method<AnyPort[string]>;
export type AnyCapability = Capability<AnyPort>;
