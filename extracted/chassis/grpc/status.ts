import { ClientError, ServerError, Status } from "nice-grpc";
import { BadRequest, RichClientError, RichServerError } from "nice-grpc-error-details";
import { type ErrorCode, internal, ServiceError, tooLarge, type Violation } from "../errors/service-error.ts";

const CODES: Readonly<Partial<Record<Status, ErrorCode>>> = {
  [Status.CANCELLED]: "CANCELLED",
  [Status.INVALID_ARGUMENT]: "INVALID_ARGUMENT",
  [Status.DEADLINE_EXCEEDED]: "DEADLINE_EXCEEDED",
  [Status.NOT_FOUND]: "NOT_FOUND",
  [Status.ALREADY_EXISTS]: "ALREADY_EXISTS",
  [Status.PERMISSION_DENIED]: "PERMISSION_DENIED",
  [Status.RESOURCE_EXHAUSTED]: "RESOURCE_EXHAUSTED",
  [Status.FAILED_PRECONDITION]: "FAILED_PRECONDITION",
  [Status.ABORTED]: "ABORTED",
  [Status.UNIMPLEMENTED]: "UNIMPLEMENTED",
  [Status.UNAVAILABLE]: "UNAVAILABLE",
  [Status.UNAUTHENTICATED]: "UNAUTHENTICATED",
};

/** A service's error for the wire: status, message, and one google.rpc.BadRequest with its violations. */
export function toServerError(error: ServiceError): RichServerError {
  const fieldViolations = error.violations.map(({ field, message }) => ({ field, description: message }));
  const details = fieldViolations.length > 0 ? [BadRequest.fromPartial({ fieldViolations })] : [];
  return new RichServerError(Status[error.code], error.message, details);
}

/** What a library's own server code threw, as a service error; undefined when it is not a status. */
export function fromServerError(error: unknown): ServiceError | undefined {
  if (!(error instanceof ServerError)) return undefined;
  return new ServiceError(CODES[error.code] ?? "INTERNAL", error.details, [], error);
}

/** What a call to `service` threw, as the service error the other side meant. */
export function fromClientError(error: unknown, service: string): ServiceError {
  if (error instanceof ServiceError) return error;
  if (error instanceof Error && error.name === "AbortError") {
    return new ServiceError("CANCELLED", "the call was cancelled", [], error);
  }
  if (!(error instanceof ClientError)) return internal(error);
  const code = CODES[error.code];
  if (code === undefined) return internal(error);
  if (error instanceof RichClientError)
    return new ServiceError(code, error.details, violationsOf(error), error);
  return fromTransport(code, error, service);
}

/** Statuses the transport made up itself: their text names addresses and sockets, which are for the log. */
function fromTransport(code: ErrorCode, error: ClientError, service: string): ServiceError {
  switch (code) {
    case "UNAVAILABLE":
    case "CANCELLED":
      // A caller that gives up gets an AbortError, so here the service cut the call.
      return new ServiceError("UNAVAILABLE", `${service} is unavailable`, [], error);
    case "DEADLINE_EXCEEDED":
      return new ServiceError(code, `${service} did not answer in time`, [], error);
    case "RESOURCE_EXHAUSTED":
      return /larger than/.test(error.details)
        ? tooLarge("message", `is too large: ${error.details}`)
        : new ServiceError(code, error.details, [], error);
    default:
      return new ServiceError(code, error.details, [], error);
  }
}

function violationsOf(error: RichClientError): Violation[] {
  return error.extra.flatMap((detail) =>
    detail.$type === "google.rpc.BadRequest"
      ? detail.fieldViolations.map(({ field, description }) => ({ field, message: description }))
      : [],
  );
}
