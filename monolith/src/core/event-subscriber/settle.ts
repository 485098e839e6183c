import { type ErrorCode, isTooLarge, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Settlement } from "@oms/events/delivery.ts";

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 60_000;

/** What another try would be refused alike. */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["INVALID_ARGUMENT", "UNIMPLEMENTED"]);

/** What becomes of a delivery whose handler threw, at its `attempt`th try. */
export function settlementOf(error: unknown, attempt: number): Settlement {
  const reason = error instanceof Error ? `${codeOf(error)}${error.message}` : String(error);
  const final = error instanceof ServiceError && (FINAL.has(error.code) || isTooLarge(error));
  return final ? { as: "dead", reason } : { as: "again", delayMs: pauseMs(attempt), reason };
}

/** Before the next try, in milliseconds: twice as long each time, up to a minute. */
export function pauseMs(attempt: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempt - 1, 20), LONGEST_PAUSE_MS);
}

/** What is away and not at fault: the event need not count the try. */
export function isAway(error: unknown): boolean {
  return (
    error instanceof ServiceError && (error.code === "UNAVAILABLE" || error.code === "DEADLINE_EXCEEDED")
  );
}

function codeOf(error: Error): string {
  return error instanceof ServiceError ? `${error.code}: ` : "";
}
