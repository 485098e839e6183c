import { ServiceError, type Violation } from "@oms/chassis/errors/service-error.ts";

/** gRPC carries violations in a trailer, which has room for about this many. */
const LISTED = 20;

/** @throws INVALID_ARGUMENT naming the violations, when there are any. */
export function refuse(violations: readonly Violation[]): void {
  if (violations.length === 0) return;
  const listed = violations.slice(0, LISTED);
  throw new ServiceError("INVALID_ARGUMENT", described(listed), listed);
}

/** One sentence for all of them. */
export function described(violations: readonly Violation[]): string {
  return violations.map(({ field, message }) => `${field} ${message}`).join("; ");
}
