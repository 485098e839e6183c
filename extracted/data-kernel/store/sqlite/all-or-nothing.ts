import type { SQLTagStore } from "node:sqlite";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";

/**
 * Runs a part of a transaction whose refusal may come after it wrote: a ServiceError undoes the part alone. Any other
 * error undoes the whole transaction, which SQLite may have done already.
 */
export function allOrNothing<R>(sql: SQLTagStore, work: () => R): R {
  sql.run`SAVEPOINT part`;
  try {
    const result = work();
    sql.run`RELEASE part`;
    return result;
  } catch (error) {
    if (error instanceof ServiceError) {
      sql.run`ROLLBACK TO part`;
      sql.run`RELEASE part`;
    }
    throw error;
  }
}
