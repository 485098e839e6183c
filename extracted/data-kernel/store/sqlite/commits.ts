import { randomUUID } from "node:crypto";
import type { SQLTagStore } from "node:sqlite";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { Findings } from "../../hooks/findings.ts";
import type { Inspect } from "../../hooks/inspect.ts";
import { BEGINNING } from "../../limits.ts";
import { changeOf, type Effect, evaluate as evaluateOn, type State } from "../evaluate.ts";
import { refuseFrozen } from "../freeze.ts";
import type { Commit, CommitTerms, Committed, StoreCommit } from "../port.ts";
import { Told } from "../told.ts";
import { inMemory, type Writes } from "../writes.ts";
import { find, type StoredDocument } from "./documents.ts";
import { changesOf, commitByKey, commitId } from "./history.ts";
import { type BranchRow, requireBranch, type View, viewOf } from "./lineage.ts";
import { insertReferences, referrers } from "./referrers.ts";
import { remembered } from "./remembered.ts";

export function commit(sql: SQLTagStore, request: StoreCommit, inspect: Inspect): Committed {
  return commitWrites(sql, { ...request, writes: inMemory(request.writes) }, inspect);
}

type AsOf = { readonly at: string };

export function evaluate(sql: SQLTagStore, request: StoreCommit & AsOf, inspect: Inspect): Committed {
  return evaluateWrites(sql, { ...request, writes: inMemory(request.writes), skip: 0 }, inspect);
}

type Asked = CommitTerms & { readonly writes: Writes };

export function commitWrites(sql: SQLTagStore, asked: Asked, inspect: Inspect): Committed {
  const branch = requireBranch(sql, asked.branch);
  const first = commitByKey(sql, branch.branch, asked.key);
  if (first) return repeat(sql, asked, first);
  refuseFrozen(branch.freeze, { token: "", nowMs: asked.timeMs, field: "branch" });
  const view = viewOf(sql, branch, "");
  const effects = evaluateOn(asked, stateOf(sql, view), inspect);
  const timeMs = Math.max(asked.timeMs, view.commit.timeMs);
  const stored = insertCommit(sql, { ...asked, id: randomUUID(), timeMs }, view);
  const told = new Told();
  for (const effect of effects) {
    insertVersion(sql, effect, { branch, sequence: stored.sequence });
    told.add(changeOf(effect, stored.id));
  }
  const { changes, more } = told;
  return { commit: stored, changes, more, repeated: false, at: view.commit.id || BEGINNING };
}

type Moment = Asked & AsOf & { readonly skip: number };

/** What is evaluated from its middle passed the hooks when it was evaluated from its start. */
export function evaluateWrites(sql: SQLTagStore, asked: Moment, inspect: Inspect): Committed {
  const view = viewOf(sql, requireBranch(sql, asked.branch), asked.at);
  const told = new Told();
  let { skip } = asked;
  const effects = evaluateOn(asked, stateOf(sql, view), skip === 0 ? inspect : inspectNothing);
  for (const effect of effects) {
    if (skip > 0) skip -= 1;
    else told.add(changeOf(effect, ""));
    if (told.more) break;
  }
  const { changes, more } = told;
  return { commit: undefined, changes, more, repeated: false, at: view.commit.id || BEGINNING };
}

const inspectNothing: Inspect = () => ({ findings: new Findings(), refers: new Map() });

/** For one commit: what is found is remembered. */
export function stateOf(sql: SQLTagStore, view: View): State<StoredDocument> {
  return {
    head: view.commit.id,
    find: remembered((id) => find(sql, view, id)),
    referrers: (target, limit) => referrers(sql, view, { target, limit }),
  };
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
  const { before, after, refers } = effect;
  const { branch } = place.branch;
  const { id, type } = after ?? before;
  const { lastInsertRowid } = sql.run`
    INSERT INTO versions (sequence, branch, id, type, body, replaces)
    VALUES (${place.sequence}, ${branch}, ${id}, ${type}, ${after?.body ?? null}, ${before?.version ?? null})`;
  const version = { branch, id, version: Number(lastInsertRowid), replaced: before?.version };
  insertReferences(sql, version, refers);
  if (before?.type === after?.type) return;
  if (before)
    sql.run`UPDATE members SET present = 0 WHERE branch = ${branch} AND type = ${before.type} AND id = ${id}`;
  if (after) {
    sql.run`
      INSERT INTO members (branch, type, id, present) VALUES (${branch}, ${after.type}, ${id}, 1)
      ON CONFLICT DO UPDATE SET present = 1`;
  }
}
