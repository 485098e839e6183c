import { ServiceError, type Violation } from "@oms/chassis/errors/service-error.ts";

/** gRPC carries violations in a trailer, which has room for about this many. */
const LISTED = 20;

/** @throws INVALID_ARGUMENT naming the violations, when there are any. */
export function refuse(violations: readonly Violation[]): void {
  if (violations.length === 0) return;
  const listed = violations.slice(0, LISTED);
  const message = listed.map((violation) => `${violation.field} ${violation.message}`).join("; ");
  throw new ServiceError("INVALID_ARGUMENT", message, listed);
}
