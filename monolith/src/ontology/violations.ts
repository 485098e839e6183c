import { ServiceError, type Violation } from "@oms/chassis/errors/service-error.ts";

/** More would not fit into the trailers of a service that answers the same way. */
const LISTED = 20;

/** Throws one INVALID_ARGUMENT that lists the violations, when there are any. */
export function refuse(violations: readonly Violation[]): void {
  if (violations.length === 0) return;
  const listed = violations.slice(0, LISTED);
  const message = listed.map((violation) => `${violation.field} ${violation.message}`).join("; ");
  throw new ServiceError("INVALID_ARGUMENT", message, listed);
}

/** FAILED_PRECONDITION: what `field` names is in use, and `message` says by what. */
export function inUse(field: string, message: string): ServiceError {
  return new ServiceError("FAILED_PRECONDITION", message, [{ field, message }]);
}
