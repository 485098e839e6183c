import { randomUUID } from "node:crypto";
import type { SQLTagStore } from "node:sqlite";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { BEGINNING } from "../../limits.ts";
import { changeOf, type Effect, evaluate as evaluateOn } from "../evaluate.ts";
import { refuseFrozen } from "../freeze.ts";
import type { Commit, Committed, StoreCommit } from "../port.ts";
import { find, type StoredDocument } from "./documents.ts";
import { changesOf, commitByKey, commitId } from "./history.ts";
import { type BranchRow, requireBranch, type View, viewOf } from "./lineage.ts";

export function commit(sql: SQLTagStore, request: StoreCommit): Committed {
  const branch = requireBranch(sql, request.branch);
  const first = commitByKey(sql, branch.branch, request.key);
  if (first) return repeat(sql, request, first);
  refuseFrozen(branch.freeze, { token: "", nowMs: request.timeMs, field: "branch" });
  const view = viewOf(sql, branch, "");
  const effects = effectsOf(sql, request, view);
  const stored = insertCommit(sql, request, view);
  for (const effect of effects) insertVersion(sql, effect, { branch, sequence: stored.sequence });
  const changes = effects.map((effect) => changeOf(effect, stored.id));
  return { commit: stored, changes, repeated: false, at: view.commit.id || BEGINNING };
}

export function evaluate(sql: SQLTagStore, request: StoreCommit & { readonly at: string }): Committed {
  const view = viewOf(sql, requireBranch(sql, request.branch), request.at);
  const changes = effectsOf(sql, request, view).map((effect) => changeOf(effect, ""));
  return { commit: undefined, changes, repeated: false, at: view.commit.id || BEGINNING };
}

function effectsOf(sql: SQLTagStore, request: StoreCommit, view: View): Effect<StoredDocument>[] {
  return evaluateOn(request, { head: view.commit.id, find: (id) => find(sql, view, id) });
}

type KeyedCommit = NonNullable<ReturnType<typeof commitByKey>>;

function repeat(sql: SQLTagStore, request: StoreCommit, first: KeyedCommit): Committed {
  if (first.fingerprint !== request.fingerprint) {
    const message = "was used for another payload";
    throw new ServiceError("ALREADY_EXISTS", `key ${message}`, [{ field: "key", message }]);
  }
  const changes = changesOf(sql, first.commit);
  return { commit: first.commit, changes, repeated: true, at: commitId(sql, first.parent) || BEGINNING };
}

function insertCommit(sql: SQLTagStore, request: StoreCommit, { branch, commit: head }: View): Commit {
  const { key, branch: name, author, message, traceId, fingerprint } = request;
  const id = randomUUID();
  const timeMs = Math.max(request.timeMs, head.timeMs);
  const row = sql.get`
    INSERT INTO commits (sequence, id, branch, parent, key, fingerprint, author, message, trace_id, time_ms)
    SELECT 1 + max(removed.sequence, coalesce((SELECT max(sequence) FROM commits), 0)),
      ${id}, ${branch}, ${head.sequence}, ${key}, ${fingerprint}, ${author}, ${message}, ${traceId}, ${timeMs}
    FROM removed
    RETURNING sequence`;
  return { id, key, branch: name, author, message, traceId, timeMs, sequence: Number(row?.["sequence"]) };
}

type Place = { readonly branch: BranchRow; readonly sequence: number };

function insertVersion(sql: SQLTagStore, effect: Effect<StoredDocument>, place: Place): void {
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
