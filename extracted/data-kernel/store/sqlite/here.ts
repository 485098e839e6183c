import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { createInspect } from "../../hooks/inspect.ts";
import { openForReading } from "./database.ts";
import { runTogether } from "./group.ts";
import type { Argument, Method, Result } from "./methods.ts";
import { toError } from "./thread.ts";

/** A connection on the caller's own thread. */
export type Here = {
  readonly ask: <M extends Method>(method: M, argument: Argument<M>) => Promise<Result<M>>;
  readonly close: () => void;
};

/**
 * For reads of a few index look-ups alone: handing one to another thread takes longer than the read. Nothing is waited
 * for here, where all calls would wait along: a file that is locked is UNAVAILABLE at once.
 */
export function openHere(file: string): Here {
  const database = openForReading(file);
  database.connection.exec("PRAGMA busy_timeout = 0");
  const guarded = { ...database, inspect: createInspect([]) };
  return {
    async ask<M extends Method>(method: M, argument: Argument<M>): Promise<Result<M>> {
      if (!database.connection.isOpen) throw new ServiceError("UNAVAILABLE", "the store has stopped");
      const [outcome] = runTogether(guarded, "BEGIN", [{ id: 0, method, argument }]);
      if (outcome && "value" in outcome) return outcome.value as Result<M>;
      throw toError(outcome?.failure ?? { message: "nothing was answered", violations: [] });
    },
    close() {
      if (database.connection.isOpen) database.connection.close();
    },
  };
}
