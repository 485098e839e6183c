import type { CallContext } from "./context.ts";

/**
 * Decides who may call: `authorization` is the header as it came. Answers the call's context with its caller; throws
 * the ServiceError that the caller gets.
 */
export type Admit = (authorization: string | undefined, context: CallContext) => CallContext;
