import { setTimeout as pause } from "node:timers/promises";
import { DEFAULT_HOOKS, loadInspect } from "../hooks/load.ts";
import type { Store } from "./port.ts";
import * as archive from "./terminus/archive.ts";
import type { Patience } from "./terminus/backoff.ts";
import * as branches from "./terminus/branches.ts";
import { commit, evaluate } from "./terminus/commits.ts";
import type { Connection } from "./terminus/connection.ts";
import { Database, type DatabaseName } from "./terminus/database.ts";
import { Differ } from "./terminus/diff.ts";
import { get, query, TypeIndex } from "./terminus/documents.ts";
import { toServiceError } from "./terminus/errors.ts";
import { Exchange, type ExchangeOptions } from "./terminus/exchange.ts";
import * as freezes from "./terminus/freezes.ts";
import * as history from "./terminus/history.ts";
import { type Lease, NO_LEASE, openLease } from "./terminus/lease.ts";
import { HEAD } from "./terminus/records.ts";
import * as redaction from "./terminus/redaction.ts";
import * as rewrites from "./terminus/rewrites.ts";
import { MAIN, setUp } from "./terminus/setup.ts";
import { askedOf, type Run, stagingFor } from "./terminus/staging.ts";
import * as states from "./terminus/states.ts";
import { createTurns } from "./terminus/turns.ts";

export type TerminusOptions = ExchangeOptions &
  DatabaseName & {
    /** Redis, for kernels to take turns through; without it they meet more often, and are as safe. */
    readonly redis?: string | undefined;
    readonly patience?: Patience;
  };

const PATIENCE: Patience = { random: Math.random, now: () => performance.now(), pause };

/**
 * A store in one database of a TerminusDB server, 12.0.4 or later. Every kernel on it may be one of many. The server
 * is first spoken to when the store is first used, and whatever is missing in it is made then, so a kernel starts
 * without it and is not ready until it answers.
 */
export async function openTerminusStore(
  { patience = PATIENCE, ...options }: TerminusOptions,
  hooks = DEFAULT_HOOKS,
): Promise<Store> {
  const inspect = await loadInspect(hooks);
  const exchange = new Exchange(options);
  const database = new Database(exchange, options, patience);
  const index = new TypeIndex(database);
  const lease = await leaseOf(options, patience);
  const connection: Connection = { database, index, inspect, patience, lease, turns: createTurns() };
  const ready = once(() => setUp(database));
  const run = async <R>(method: (connection: Connection) => Promise<R>): Promise<R> => {
    try {
      await ready();
      return await method(connection);
    } catch (error) {
      throw toServiceError(error);
    }
  };
  return {
    ...methodsOf(run, new Differ(database)),
    async close() {
      lease.close();
      exchange.close();
    },
  };
}

async function leaseOf(
  { redis, organization, database }: TerminusOptions,
  patience: Patience,
): Promise<Lease> {
  if (redis === undefined) return NO_LEASE;
  return openLease({ url: redis, key: `oms:kernel:writes:${organization}/${database}`, patience });
}

function methodsOf(run: Run, differ: Differ): Omit<Store, "close"> {
  const method =
    <A, R>(does: (connection: Connection, argument: A) => Promise<R>) =>
    (argument: A) =>
      run((connection) => does(connection, argument));
  return {
    commit: (request) => run((connection) => commit(connection, askedOf(request))),
    evaluate: ({ at, ...request }) =>
      run((connection) => evaluate(connection, { ...askedOf(request), at, skip: 0 })),
    stage: () => stagingFor(run),
    get: method(({ database }, request) => get(database, request)),
    query: method(({ database, index }, request) => query(database, index, request)),
    log: method(({ database }, request) => history.log(database, request)),
    history: method(({ database }, request) => history.history(database, request)),
    changes: method(({ database }, request) => history.changes(database, request)),
    createBranch: method(branches.createBranch),
    evaluateBranch: method(branches.evaluateBranch),
    listBranches: () => run(branches.listBranches),
    diff: (request) => run(() => differ.diff(request)),
    deleteBranch: method(rewrites.deleteBranch),
    resetBranch: method(rewrites.resetBranch),
    evaluateDeletion: method(rewrites.evaluateDeletion),
    evaluateReset: method(rewrites.evaluateReset),
    freezeBranch: method(freezes.freezeBranch),
    thawBranch: method(freezes.thawBranch),
    redact: method(redaction.redact),
    evaluateRedaction: method(redaction.evaluateRedaction),
    cost: method(archive.cost),
    exportCommits: method(({ database }, request) => history.exportCommits(database, request)),
    importCommits: method(archive.importCommits),
    renameBranch: method(rewrites.renameBranch),
    readState: method(states.readState),
    writeState: method(states.writeState),
    listStates: method(states.listStates),
    check: () =>
      run(async ({ database }) => {
        await database.read(`branch/${MAIN}`, [HEAD]);
      }),
  };
}

/** Does it until it has succeeded once, and never twice at a time. */
function once(attempt: () => Promise<void>): () => Promise<void> {
  let made: Promise<void> | undefined;
  return () => {
    made ??= attempt().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
