import { type ErrorCode, internal, ServiceError, type Violation } from "./service-error.ts";

/** An RFC 9457 problem; the same bytes from OMS and from a service. */
export type Problem = {
  readonly type: "about:blank";
  readonly title: ErrorCode;
  readonly status: number;
  readonly detail: string;
  readonly errors: readonly Violation[];
};

const STATUS: Readonly<Record<ErrorCode, number>> = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  ABORTED: 409,
  FAILED_PRECONDITION: 422,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  INTERNAL: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
};

/** What a client may know of `error`. */
export function toProblem(error: unknown): Problem {
  const known = error instanceof ServiceError ? error : internal(error);
  return {
    type: "about:blank",
    title: known.code,
    status: statusOf(known),
    detail: known.message,
    errors: known.violations,
  };
}

function statusOf(error: ServiceError): number {
  const inputTooLarge = error.code === "RESOURCE_EXHAUSTED" && error.violations.length > 0;
  return inputTooLarge ? 413 : STATUS[error.code];
}
