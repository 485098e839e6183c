import { setTimeout as pause } from "node:timers/promises";
import { DEFAULT_HOOKS, loadInspect } from "../hooks/load.ts";
import type { Branch, NewBranch, Store } from "./port.ts";
import * as archive from "./terminus/archive.ts";
import type { Patience } from "./terminus/backoff.ts";
import * as branches from "./terminus/branches.ts";
import { commit, evaluate } from "./terminus/commits.ts";
import type { Connection } from "./terminus/connection.ts";
import { Databases } from "./terminus/databases.ts";
import { get, query } from "./terminus/documents.ts";
import * as freezes from "./terminus/freezes.ts";
import * as history from "./terminus/history.ts";
import { Opened, type OpenedOptions } from "./terminus/opened.ts";
import { HEAD } from "./terminus/records.ts";
import * as redaction from "./terminus/redaction.ts";
import * as rewrites from "./terminus/rewrites.ts";
import { MAIN } from "./terminus/setup.ts";
import { askedOf, stagingFor } from "./terminus/staging.ts";
import * as states from "./terminus/states.ts";
import { byUtf8 } from "./utf8.ts";

export type TerminusOptions = Omit<OpenedOptions, "patience"> & {
  /** Of the branches of the service `scheduler`; absent: the same as everything else's. */
  readonly schedulerDatabase?: string | undefined;
  readonly patience?: Patience;
};

const PATIENCE: Patience = { random: Math.random, now: () => performance.now(), pause };

/**
 * A store in one database of a TerminusDB server, 12.0.4 or later, or in two. Every kernel on it may be one of many. The
 * server is first spoken to when the store is first used, so a kernel starts without it and is not ready until it answers.
 */
export async function openTerminusStore(
  { schedulerDatabase, ...given }: TerminusOptions,
  hooks = DEFAULT_HOOKS,
): Promise<Store> {
  const inspect = await loadInspect(hooks);
  const options = { patience: PATIENCE, ...given };
  const main = await Opened.open(options, inspect);
  const apart = schedulerDatabase !== undefined && schedulerDatabase !== options.database;
  const scheduler = apart
    ? await Opened.open({ ...options, database: schedulerDatabase }, inspect)
    : undefined;
  const databases = new Databases(main, scheduler);
  return {
    ...ofBranches(databases),
    ...acrossBranches(databases),
    async close() {
      for (const opened of databases.all) opened.close();
    },
  };
}

type Method<A, R> = (connection: Connection, argument: A) => Promise<R>;

/** What one branch alone is asked or told. */
function ofBranches({ run }: Databases) {
  const on =
    <A extends { readonly branch: string }, R>(does: Method<A, R>) =>
    (request: A) =>
      run(request.branch, (connection) => does(connection, request));
  const named =
    <A extends { readonly name: string }, R>(does: Method<A, R>) =>
    (request: A) =>
      run(request.name, (connection) => does(connection, request));
  return {
    commit: on((connection, request) => commit(connection, askedOf(request))),
    evaluate: on((connection, { at, ...request }) =>
      evaluate(connection, { ...askedOf(request), at, skip: 0 }),
    ),
    stage: () => stagingFor(run),
    get: on(({ database }, request) => get(database, request)),
    query: on(({ database, index }, request) => query(database, index, request)),
    log: on(({ database }, request) => history.log(database, request)),
    history: on(({ database }, request) => history.history(database, request)),
    changes: on(({ database }, request) => history.changes(database, request)),
    deleteBranch: named(rewrites.deleteBranch),
    resetBranch: named(rewrites.resetBranch),
    evaluateDeletion: named(rewrites.evaluateDeletion),
    evaluateReset: named(rewrites.evaluateReset),
    freezeBranch: named(freezes.freezeBranch),
    thawBranch: named(freezes.thawBranch),
    evaluateRedaction: on(redaction.evaluateRedaction),
    cost: on(archive.cost),
    exportCommits: on(({ database }, request) => history.exportCommits(database, request)),
    importCommits: on(archive.importCommits),
  } satisfies Partial<Store>;
}

/** What more than one branch is asked or told, or none. */
function acrossBranches(databases: Databases) {
  const { main, run } = databases;
  const made =
    (does: Method<NewBranch, Branch>) =>
    async (request: NewBranch): Promise<Branch> => {
      if (request.origin !== "") databases.requireTogether(request.name, request.origin, "origin");
      return run(request.name, (connection) => does(connection, request));
    };
  return {
    createBranch: made(branches.createBranch),
    evaluateBranch: made(branches.evaluateBranch),
    async listBranches() {
      const listed = databases.all.map(async (opened) =>
        (await opened.run(branches.listBranches)).filter(({ name }) => databases.of(name) === opened),
      );
      return (await Promise.all(listed)).flat().sort((a, b) => byUtf8(a.name, b.name));
    },
    async diff(request) {
      databases.requireTogether(request.from.branch, request.to.branch, "to.branch");
      const opened = databases.of(request.from.branch);
      return opened.run(() => opened.differ.diff(request));
    },
    async renameBranch(request) {
      databases.requireTogether(request.name, request.to, "to");
      return run(request.name, (connection) => rewrites.renameBranch(connection, request));
    },
    redact: (request) =>
      run(request.branch, (masked) => main.run((record) => redaction.redact({ masked, record }, request))),
    readState: (name) => main.run((connection) => states.readState(connection, name)),
    writeState: (request) => main.run((connection) => states.writeState(connection, request)),
    listStates: (prefix) => main.run((connection) => states.listStates(connection, prefix)),
    async check() {
      await Promise.all(
        databases.all.map((opened) => opened.run(({ database }) => database.read(`branch/${MAIN}`, [HEAD]))),
      );
    },
  } satisfies Partial<Store>;
}
