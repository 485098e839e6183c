/** The gRPC status codes a service of ours answers with, by name. */
export type ErrorCode =
  | "INVALID_ARGUMENT"
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "ABORTED"
  | "FAILED_PRECONDITION"
  | "PERMISSION_DENIED"
  | "UNAUTHENTICATED"
  | "RESOURCE_EXHAUSTED"
  | "UNIMPLEMENTED"
  | "DEADLINE_EXCEEDED"
  | "CANCELLED"
  | "UNAVAILABLE"
  | "INTERNAL";

/** One thing wrong with the input: the field as the caller spelled it, and what it must be. */
export type Violation = { readonly field: string; readonly message: string };

const MAX_TEXT = 500;
const MAX_VIOLATIONS = 20;

/**
 * An error a client may read: its message and violations go over the wire word for word. Anything else that is
 * thrown reaches a client as INTERNAL without its text.
 */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  readonly code: ErrorCode;
  readonly violations: readonly Violation[];

  constructor(code: ErrorCode, message: string, violations: readonly Violation[] = [], cause?: unknown) {
    super(wireText(message), cause === undefined ? undefined : { cause });
    this.code = code;
    this.violations = violations
      .slice(0, MAX_VIOLATIONS)
      .map(({ field, message }) => ({ field: wireText(field), message: wireText(message) }));
  }
}

/** gRPC carries errors in trailers, which are small and refuse lone surrogates. */
function wireText(text: string): string {
  return text.slice(0, MAX_TEXT).toWellFormed();
}

/** INVALID_ARGUMENT for one field. */
export function invalid(field: string, message: string): ServiceError {
  return new ServiceError("INVALID_ARGUMENT", `${field} ${message}`, [{ field, message }]);
}

/** NOT_FOUND for what `field` names. */
export function notFound(field: string, message: string): ServiceError {
  return new ServiceError("NOT_FOUND", message, [{ field, message }]);
}

/** RESOURCE_EXHAUSTED for an input over its limit; over HTTP it is 413, not the 429 of a spent quota. */
export function tooLarge(field: string, message: string): ServiceError {
  return new ServiceError("RESOURCE_EXHAUSTED", `${field} ${message}`, [{ field, message }]);
}

export function isTooLarge({ code, violations }: ServiceError): boolean {
  return code === "RESOURCE_EXHAUSTED" && violations.length > 0;
}

/** INTERNAL for a bug: the text says nothing, the cause is for the log. */
export function internal(cause: unknown): ServiceError {
  return new ServiceError("INTERNAL", "internal error", [], cause);
}

const ANSWERS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "INVALID_ARGUMENT",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "ABORTED",
  "FAILED_PRECONDITION",
  "PERMISSION_DENIED",
  "UNAUTHENTICATED",
  "UNIMPLEMENTED",
]);

/** True when an error is what the service has to say, false when the service failed to say anything. */
export function isAnswer(error: unknown): boolean {
  return error instanceof ServiceError && (ANSWERS.has(error.code) || isTooLarge(error));
}
