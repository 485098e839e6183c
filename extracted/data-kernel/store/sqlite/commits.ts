import { randomUUID } from "node:crypto";
import type { SQLTagStore } from "node:sqlite";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { BEGINNING } from "../../limits.ts";
import { changeOf, type Effect, evaluate as evaluateOn, type Proposal } from "../evaluate.ts";
import { refuseFrozen } from "../freeze.ts";
import type { Commit, CommitTerms, Committed, StoreCommit, Write } from "../port.ts";
import { Told } from "../told.ts";
import { find, type StoredDocument } from "./documents.ts";
import { changesOf, commitByKey, commitId } from "./history.ts";
import { type BranchRow, requireBranch, type View, viewOf } from "./lineage.ts";

export function commit(sql: SQLTagStore, request: StoreCommit): Committed {
  return commitWrites(sql, request, request.writes);
}

export function evaluate(sql: SQLTagStore, request: StoreCommit & { readonly at: string }): Committed {
  return evaluateWrites(sql, { ...request, skip: 0 }, request.writes);
}

export function commitWrites(sql: SQLTagStore, terms: CommitTerms, writes: Iterable<Write>): Committed {
  const branch = requireBranch(sql, terms.branch);
  const first = commitByKey(sql, branch.branch, terms.key);
  if (first) return repeat(sql, terms, first);
  refuseFrozen(branch.freeze, { token: "", nowMs: terms.timeMs, field: "branch" });
  const view = viewOf(sql, branch, "");
  const effects = effectsOf(sql, { ...terms, writes }, view);
  const timeMs = Math.max(terms.timeMs, view.commit.timeMs);
  const stored = insertCommit(sql, { ...terms, id: randomUUID(), timeMs }, view);
  const told = new Told();
  for (const effect of effects) {
    insertVersion(sql, effect, { branch, sequence: stored.sequence });
    told.add(changeOf(effect, stored.id));
  }
  const { changes, more } = told;
  return { commit: stored, changes, more, repeated: false, at: view.commit.id || BEGINNING };
}

type Moment = CommitTerms & { readonly at: string; readonly skip: number };

export function evaluateWrites(sql: SQLTagStore, terms: Moment, writes: Iterable<Write>): Committed {
  const view = viewOf(sql, requireBranch(sql, terms.branch), terms.at);
  const told = new Told();
  let skip = terms.skip;
  for (const effect of effectsOf(sql, { ...terms, writes }, view)) {
    if (skip > 0) skip -= 1;
    else told.add(changeOf(effect, ""));
    if (told.more) break;
  }
  const { changes, more } = told;
  return { commit: undefined, changes, more, repeated: false, at: view.commit.id || BEGINNING };
}

function effectsOf(sql: SQLTagStore, proposal: Proposal, view: View): Iterable<Effect<StoredDocument>> {
  return evaluateOn(proposal, { head: view.commit.id, find: (id) => find(sql, view, id) });
}

type KeyedCommit = NonNullable<ReturnType<typeof commitByKey>>;

function repeat(sql: SQLTagStore, terms: CommitTerms, first: KeyedCommit): Committed {
  if (first.fingerprint !== terms.fingerprint) {
    const message = "was used for another payload";
    throw new ServiceError("ALREADY_EXISTS", `key ${message}`, [{ field: "key", message }]);
  }
  const told = new Told();
  for (const change of changesOf(sql, first.commit)) {
    told.add(change);
    if (told.more) break;
  }
  const { changes, more } = told;
  return {
    commit: first.commit,
    changes,
    more,
    repeated: true,
    at: commitId(sql, first.parent) || BEGINNING,
  };
}

/** A commit on top of `view`, which is its branch's head. */
export function insertCommit(
  sql: SQLTagStore,
  commit: Omit<Commit, "sequence"> & { readonly fingerprint: string },
  view: View,
): Commit {
  const { id, key, branch, author, message, traceId, timeMs, fingerprint } = commit;
  const row = sql.get`
    INSERT INTO commits (sequence, id, branch, parent, key, fingerprint, author, message, trace_id, time_ms)
    SELECT 1 + max(removed.sequence, coalesce((SELECT max(sequence) FROM commits), 0)), ${id}, ${view.branch},
      ${view.commit.sequence}, ${key}, ${fingerprint}, ${author}, ${message}, ${traceId}, ${timeMs}
    FROM removed
    RETURNING sequence`;
  return { id, key, branch, author, message, traceId, timeMs, sequence: Number(row?.["sequence"]) };
}

export type Place = { readonly branch: BranchRow; readonly sequence: number };

export function insertVersion(sql: SQLTagStore, effect: Effect<StoredDocument>, place: Place): void {
  const { before, after } = effect;
  const { branch } = place.branch;
  const { id, type } = after ?? before;
  sql.run`
    INSERT INTO versions (sequence, branch, id, type, body, replaces)
    VALUES (${place.sequence}, ${branch}, ${id}, ${type}, ${after?.body ?? null}, ${before?.version ?? null})`;
  if (before?.type === after?.type) return;
  if (before)
    sql.run`UPDATE members SET present = 0 WHERE branch = ${branch} AND type = ${before.type} AND id = ${id}`;
  if (after) {
    sql.run`
      INSERT INTO members (branch, type, id, present) VALUES (${branch}, ${after.type}, ${id}, 1)
      ON CONFLICT DO UPDATE SET present = 1`;
  }
}
