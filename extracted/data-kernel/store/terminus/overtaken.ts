import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { type Patience, repeat } from "./backoff.ts";
import { Refused } from "./errors.ts";

const TRIES = 10;

/**
 * Somebody else wrote to the branch between our look at it and our write. Who is overtaken every time may ask again
 * as he did, so it is UNAVAILABLE: ABORTED would say that a precondition does not hold.
 */
export class Overtaken extends ServiceError {
  constructor() {
    super("UNAVAILABLE", "others wrote to the branch every time");
  }
}

/**
 * Runs a look with its write again, until somebody answers and nobody is quicker. Only for what finds, when it looks
 * again, that it had been done.
 */
export function untilDone<R>(attempt: () => Promise<R>, patience: Patience): Promise<R> {
  return repeat(attempt, { tries: TRIES, worth: isWorthARepetition }, patience);
}

function isWorthARepetition(error: unknown): boolean {
  if (error instanceof Overtaken) return true;
  return error instanceof Refused && (error.isFailure || error.code === "ABORTED");
}
