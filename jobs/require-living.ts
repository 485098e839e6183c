import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Job } from "./job.ts";

/** @throws FAILED_PRECONDITION on `id` for a job that was cancelled. */
export function requireLiving({ id, state }: Job): void {
  if (state !== "cancelled") return;
  const message = "is the id of a job that was cancelled";
  throw new ServiceError("FAILED_PRECONDITION", `${id} ${message}`, [{ field: "id", message }]);
}
