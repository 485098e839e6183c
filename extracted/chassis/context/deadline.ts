import { ServiceError } from "../errors/service-error.ts";
import type { CallContext } from "./context.ts";

/** @throws ServiceError DEADLINE_EXCEEDED when nobody waits for the answer any more; `now` in Unix milliseconds. */
export function refuseExpired(context: CallContext, now: number): void {
  if (context.deadline !== undefined && context.deadline <= now) {
    throw new ServiceError("DEADLINE_EXCEEDED", "the deadline of the call has passed");
  }
}
