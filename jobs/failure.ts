import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Problem } from "./execution.ts";

/** What an executor throws where trying again would change nothing: no further attempt is made. */
export class FinalFailure extends Error {
  override readonly name = "FinalFailure";
  /** What kind of failure, for whoever reads the history: `refused`, `bad-result`. */
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** Why an attempt failed; `final`: and that another one would fail as well. */
export type Failure = Problem & { readonly final: boolean };

const MAX_TEXT = 500;
const MAX_CODE = 100;

/** What the history says of whatever an executor threw. */
export function failureOf(error: unknown): Failure {
  const final = error instanceof FinalFailure;
  const known = final || error instanceof ServiceError;
  const text = error instanceof Error ? error.message : String(error);
  const code = known ? error.code.slice(0, MAX_CODE) : "error";
  return { code, message: text.slice(0, MAX_TEXT).toWellFormed(), final };
}
