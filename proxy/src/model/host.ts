import type { Call } from "./call.ts";

/** Names and values a flag may route by: author, branch, tenant, jobId. */
export type Fields = Readonly<Record<string, string>>;

/** What the strangler needs of the system it lives in. Every function is called within a caller's context. */
export type Host = {
  readonly fields: () => Fields;
  /** The caller's idempotency key. */
  readonly key: () => string | undefined;
  /** True inside a shadow call: strangled calls made there stay shadow calls and are not watched in turn. */
  readonly shadow: () => boolean;
  readonly enter: <R>(call: Call, run: () => Promise<R>) => Promise<R>;
  /** True when an error is what the side has to say; false when the side failed to say anything. */
  readonly isAnswer: (error: unknown) => boolean;
  /** The error a caller gets when a side said nothing at all, in the type the host's callers know. */
  readonly unavailable: (failure: "deadline" | "breaker open", what: string) => Error;
};
