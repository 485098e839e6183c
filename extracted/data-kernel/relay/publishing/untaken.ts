import { isAnswer, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { PublishResult, Refusal } from "@oms/events/port.ts";

/** What a side says it could not do, in the type that says so everywhere. */
export function errorOf({ code, message, field }: Refusal): ServiceError {
  return new ServiceError(code, message, field === "" ? [] : [{ field, message }]);
}

/** The results; rejects when somebody's event was not taken for no fault of its own, so that the other side is asked. */
export function rejectUntaken(results: readonly PublishResult[]): readonly PublishResult[] {
  for (const result of results) {
    const error = "refusal" in result ? errorOf(result.refusal) : undefined;
    if (error && !isAnswer(error)) throw error;
  }
  return results;
}
