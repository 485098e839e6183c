import { ServiceError } from "@oms/chassis/errors/service-error.ts";

/** True when a commit was refused because the branch is no longer as it was read. */
export function hasChanged(error: unknown): boolean {
  return error instanceof ServiceError && (error.code === "ABORTED" || error.code === "FAILED_PRECONDITION");
}
