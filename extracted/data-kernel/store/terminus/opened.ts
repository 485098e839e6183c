import type { Inspect } from "../../hooks/inspect.ts";
import type { Patience } from "./backoff.ts";
import type { Connection } from "./connection.ts";
import { Database, type DatabaseName } from "./database.ts";
import { Differ } from "./diff.ts";
import { TypeIndex } from "./documents.ts";
import { toServiceError } from "./errors.ts";
import { Exchange, type ExchangeOptions } from "./exchange.ts";
import { type Lease, NO_LEASE, openLease } from "./lease.ts";
import { setUp } from "./setup.ts";
import { createTurns } from "./turns.ts";

export type OpenedOptions = ExchangeOptions &
  DatabaseName & {
    /** Redis, for kernels to take turns through; without it they meet more often, and are as safe. */
    readonly redis?: string | undefined;
    readonly patience: Patience;
  };

/** One database of a server. It is first spoken to when it is first used, and whatever is missing in it is made then. */
export class Opened {
  readonly differ: Differ;
  readonly #connection: Connection;
  readonly #exchange: Exchange;
  #ready: Promise<void> | undefined;

  private constructor(exchange: Exchange, connection: Connection) {
    this.differ = new Differ(connection.database);
    this.#connection = connection;
    this.#exchange = exchange;
  }

  static async open({ patience, ...options }: OpenedOptions, inspect: Inspect): Promise<Opened> {
    const exchange = new Exchange(options);
    const database = new Database(exchange, options, patience);
    const index = new TypeIndex(database);
    const lease = await leaseOf(options, patience);
    return new Opened(exchange, { database, index, inspect, patience, lease, turns: createTurns() });
  }

  /** @throws ServiceError alone. */
  async run<R>(method: (connection: Connection) => Promise<R>): Promise<R> {
    try {
      await this.#setUp();
      return await method(this.#connection);
    } catch (error) {
      throw toServiceError(error);
    }
  }

  close(): void {
    this.#connection.lease.close();
    this.#exchange.close();
  }

  /** Until it has succeeded once, and never twice at a time. */
  #setUp(): Promise<void> {
    this.#ready ??= setUp(this.#connection.database).catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    });
    return this.#ready;
  }
}

async function leaseOf(
  { redis, organization, database }: Omit<OpenedOptions, "patience">,
  patience: Patience,
): Promise<Lease> {
  if (redis === undefined) return NO_LEASE;
  return openLease({ url: redis, key: `oms:kernel:writes:${organization}/${database}`, patience });
}
