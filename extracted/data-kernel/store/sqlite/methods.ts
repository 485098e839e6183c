import type { SQLTagStore } from "node:sqlite";
import type { Inspect } from "../../hooks/inspect.ts";
import type { Store } from "../port.ts";
import { cost, exportCommits, importCommits, renameBranch } from "./archive.ts";
import { createBranch, evaluateBranch, listBranches } from "./branches.ts";
import { commit, evaluate } from "./commits.ts";
import { diff } from "./diff.ts";
import { get, query } from "./documents.ts";
import { freezeBranch, thawBranch } from "./freezes.ts";
import { changes, history, log } from "./history.ts";
import { evaluateRedaction, redact } from "./redaction.ts";
import { deleteBranch, evaluateDeletion, evaluateReset, resetBranch } from "./rewrites.ts";
import { commitStaged, discardStaged, evaluateStaged, stageWrites } from "./staged.ts";
import { listStates, readState, writeState } from "./states.ts";

const STAGED = { stageWrites, commitStaged, evaluateStaged, discardStaged };

type Asked = Omit<Store, "close" | "stage">;
type Staged = typeof STAGED;
export type Method = keyof Asked | keyof Staged;
export type Argument<M extends Method> = M extends keyof Asked
  ? Parameters<Asked[M]>[0]
  : M extends keyof Staged
    ? Parameters<Staged[M]>[1]
    : never;
export type Result<M extends Method> = M extends keyof Asked
  ? Awaited<ReturnType<Asked[M]>>
  : M extends keyof Staged
    ? ReturnType<Staged[M]>
    : never;

/** What a connection can do inside a transaction; `inspect` is for those that evaluate a commit. */
export const METHODS: {
  readonly [M in Method]: (sql: SQLTagStore, argument: Argument<M>, inspect: Inspect) => Result<M>;
} = {
  ...STAGED,
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
  redact,
  evaluateRedaction,
  cost,
  exportCommits,
  importCommits,
  renameBranch,
  check(sql) {
    sql.get`SELECT name FROM branches LIMIT 1`;
  },
};
