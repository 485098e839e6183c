import type { SQLTagStore } from "node:sqlite";
import type { Store } from "../port.ts";
import { createBranch, evaluateBranch, listBranches } from "./branches.ts";
import { commit, evaluate } from "./commits.ts";
import { diff } from "./diff.ts";
import { get, query } from "./documents.ts";
import { freezeBranch, thawBranch } from "./freezes.ts";
import { changes, history, log } from "./history.ts";
import { deleteBranch, evaluateDeletion, evaluateReset, resetBranch } from "./rewrites.ts";
import { listStates, readState, writeState } from "./states.ts";

export type Method = Exclude<keyof Store, "close">;
export type Argument<M extends Method> = Parameters<Store[M]>[0];
export type Result<M extends Method> = Awaited<ReturnType<Store[M]>>;

/** What a connection can do inside a transaction. */
export const METHODS: {
  readonly [M in Method]: (sql: SQLTagStore, argument: Argument<M>) => Result<M>;
} = {
  commit,
  evaluate,
  get,
  query,
  log,
  history,
  changes,
  createBranch,
  evaluateBranch,
  listBranches,
  diff,
  deleteBranch,
  resetBranch,
  evaluateDeletion,
  evaluateReset,
  freezeBranch,
  thawBranch,
  readState,
  writeState,
  listStates,
  check(sql) {
    sql.get`SELECT name FROM branches LIMIT 1`;
  },
};
