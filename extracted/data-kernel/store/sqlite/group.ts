import { format } from "node:util";
import { ServiceError, type Violation } from "@oms/chassis/errors/service-error.ts";
import type { Inspect } from "../../hooks/inspect.ts";
import { type Database, inTransaction } from "./database.ts";
import { type Argument, METHODS, type Method, type Result } from "./methods.ts";
import { primaryCode } from "./result-code.ts";

/** A call on its way to a thread. */
export type Call<M extends Method = Method> = {
  readonly id: number;
  readonly method: M;
  readonly argument: Argument<M>;
};

/** An error as plain data, for it crosses threads. Without a code it is a bug, and `message` is for the log. */
export type Failure = {
  readonly code?: ServiceError["code"];
  readonly message: string;
  readonly violations: readonly Violation[];
};

export type Outcome<M extends Method = Method> = { readonly id: number } & (
  | { readonly value: Result<M> }
  | { readonly failure: Failure }
);

/** A connection, and the hooks that commits on it have to pass. */
export type Guarded = Database & { readonly inspect: Inspect };

/**
 * Runs calls in one transaction: one fsync for all. A refused call has written nothing, so its neighbours go on;
 * any other error, the COMMIT's own included, undoes and fails them all.
 */
export function runTogether(
  { connection, ...guarded }: Guarded,
  begin: "BEGIN" | "BEGIN IMMEDIATE",
  calls: readonly Call[],
): Outcome[] {
  try {
    return inTransaction(connection, begin, () => calls.map((call) => answer(guarded, call)));
  } catch (error) {
    const failure = failureOf(error);
    return calls.map(({ id }) => ({ id, failure }));
  }
}

function answer<M extends Method>({ sql, inspect }: Omit<Guarded, "connection">, call: Call<M>): Outcome {
  try {
    return { id: call.id, value: METHODS[call.method](sql, call.argument, inspect) };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { id: call.id, failure: refusalOf(error) };
  }
}

function refusalOf(error: ServiceError): Failure {
  const { code, message, violations } = error;
  // A hook failed: its text is for the log alone.
  if (code === "INTERNAL") return { message: format(error.cause), violations: [] };
  return { code, message, violations };
}

/** Primary result codes that say what the machine lacks rather than what we did wrong: sqlite.org/rescode.html. */
const UNAVAILABLE: ReadonlyMap<number, string> = new Map([
  [5, "the store is busy"],
  [8, "the store cannot be written"],
  [10, "the store's disk failed"],
  [13, "the store's disk is full"],
]);

export function failureOf(error: unknown): Failure {
  const lack = UNAVAILABLE.get(primaryCode(error));
  if (lack) return { code: "UNAVAILABLE", message: lack, violations: [] };
  return { message: format(error), violations: [] };
}
