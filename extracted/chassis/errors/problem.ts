import { z } from "zod";
import { type ErrorCode, internal, isTooLarge, ServiceError, type Violation } from "./service-error.ts";

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

const CODES = Object.keys(STATUS) as [ErrorCode, ...ErrorCode[]];

const problem = z.object({
  title: z.enum(CODES),
  detail: z.string(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })),
});

/** The error that a body stands for, as `toProblem` made it; undefined when it is no problem of ours. */
export function fromProblem(body: string): ServiceError | undefined {
  try {
    const { title, detail, errors } = problem.parse(JSON.parse(body));
    return new ServiceError(title, detail, errors);
  } catch {
    return undefined;
  }
}

function statusOf(error: ServiceError): number {
  return isTooLarge(error) ? 413 : STATUS[error.code];
}
