import { ServiceError } from "@oms/chassis/errors/service-error.ts";

/** Whether the store says that it does not know what `field` names. */
export function isAbsent(error: unknown, field: string): boolean {
  return (
    error instanceof ServiceError &&
    error.code === "NOT_FOUND" &&
    error.violations.some((violation) => violation.field === field)
  );
}
