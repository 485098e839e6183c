import { ServiceError, type Violation } from "@oms/chassis/errors/service-error.ts";
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

/**
 * Runs calls in one transaction: one fsync for all. A refused call has written nothing, so its neighbours go on;
 * any other error, the COMMIT's own included, undoes and fails them all.
 */
export function runTogether(
  { connection, sql }: Database,
  begin: "BEGIN" | "BEGIN IMMEDIATE",
  calls: readonly Call[],
): Outcome[] {
  try {
    return inTransaction(connection, begin, () => calls.map((call) => answer(sql, call)));
  } catch (error) {
    const failure = failureOf(error);
    return calls.map(({ id }) => ({ id, failure }));
  }
}

function answer<M extends Method>(sql: Database["sql"], call: Call<M>): Outcome {
  try {
    return { id: call.id, value: METHODS[call.method](sql, call.argument) };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const { code, message, violations } = error;
    return { id: call.id, failure: { code, message, violations } };
  }
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
  return { message: error instanceof Error ? (error.stack ?? error.message) : String(error), violations: [] };
}
