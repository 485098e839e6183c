import { AsyncLocalStorage } from "node:async_hooks";
import { newTraceparent } from "./traceparent.ts";

/** Who is at the other end of the connection; an operator may do what services may not. */
export type Caller = { readonly service: string; readonly operator: boolean };

/** Who calls, for whom, and how: one per call, the same on every hop. */
export type CallContext = {
  /** `subject@service`, for example `alice@oms`; unattended work is `<service>@oms`. */
  readonly author: string;
  /** Where callers are authenticated; it travels no further. */
  readonly caller?: Caller;
  /** The ontology branch the call is about. */
  readonly branch: string;
  readonly tenant?: string;
  /** W3C Trace Context `traceparent`. */
  readonly traceparent: string;
  /** Idempotency key of the call. */
  readonly key?: string;
  /** When the caller stops waiting, in Unix milliseconds. */
  readonly deadline?: number;
  /** A watched call: evaluated and compared, nothing it does is kept. */
  readonly shadow: boolean;
  /** The answer is to say what it changed and will cause, for a comparison; absent: it need not. */
  readonly evidence?: boolean;
  /**
   * The first commit read on each branch. A live call fills it; the shadow call that follows starts with it
   * and reads as of these commits.
   */
  readonly reads: Map<string, string>;
};

export const ANONYMOUS = "anonymous@oms";
export const DEFAULT_BRANCH = "main";

const store = new AsyncLocalStorage<CallContext>();

/** A context of its own, with safe values for what `known` leaves open. */
export function newContext(known: Partial<CallContext> = {}): CallContext {
  return {
    author: ANONYMOUS,
    branch: DEFAULT_BRANCH,
    shadow: false,
    reads: new Map(),
    ...known,
    // Of its own only where there is none: chance costs more than all the rest.
    traceparent: known.traceparent ?? newTraceparent(),
  };
}

/** The context of the running call; a fresh anonymous one outside any call. */
export function currentContext(): CallContext {
  return store.getStore() ?? newContext();
}

/** The context of the running call; undefined outside any call. */
export function activeContext(): CallContext | undefined {
  return store.getStore();
}

/** Runs `run` in `context`; everything it awaits sees that context. */
export function runInContext<R>(context: CallContext, run: () => R): R {
  return store.run(context, run);
}
