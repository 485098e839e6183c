import type { SQLTagStore } from "node:sqlite";
import { BEGINNING } from "../../limits.ts";
import { commitBytes, documentBytes, Room } from "../../room.ts";
import type {
  Change,
  ChangesReply,
  ChangesRequest,
  Commit,
  HistoryReply,
  HistoryRequest,
  LogReply,
  LogRequest,
} from "../port.ts";
import { requireBranch, type View, viewOf } from "./lineage.ts";

export function log(sql: SQLTagStore, request: LogRequest): LogReply {
  const view = viewOf(sql, requireBranch(sql, request.branch), request.at);
  const commits: Commit[] = [];
  for (const { branch, upTo } of view.segments) {
    const missing = request.limit + 1 - commits.length;
    const rows = sql.all`
      SELECT commits.*, branches.name FROM commits JOIN branches USING (branch)
      WHERE branch = ${branch} AND sequence <= ${upTo} AND sequence < ${request.beforeSequence}
      ORDER BY sequence DESC LIMIT ${missing}`;
    commits.push(...rows.map(toCommit));
  }
  const more = commits.length > request.limit;
  return { commits: commits.slice(0, request.limit), more, at: view.commit.id || BEGINNING };
}

export function history(sql: SQLTagStore, request: HistoryRequest): HistoryReply {
  const view = viewOf(sql, requireBranch(sql, request.branch), request.at);
  const entries: HistoryReply["entries"] = [];
  for (const { branch, upTo } of view.segments) {
    const missing = request.limit + 1 - entries.length;
    const rows = sql.all`
      SELECT commits.*, branches.name, versions.replaces, versions.body IS NULL AS deleted
      FROM versions JOIN commits USING (sequence) JOIN branches ON branches.branch = versions.branch
      WHERE versions.branch = ${branch} AND versions.id = ${request.id}
        AND sequence <= ${upTo} AND sequence < ${request.beforeSequence}
      ORDER BY sequence DESC LIMIT ${missing}`;
    entries.push(...rows.map((row) => ({ commit: toCommit(row), kind: kindOf(row) })));
  }
  const more = entries.length > request.limit;
  return { entries: entries.slice(0, request.limit), more, at: view.commit.id || BEGINNING };
}

export function changes(sql: SQLTagStore, request: ChangesRequest): ChangesReply {
  const branch = requireBranch(sql, request.branch);
  const view = viewOf(sql, branch, request.at);
  const after = viewOf(sql, branch, request.after || BEGINNING, "after").commit.sequence;
  const commits: { commit: Commit; changes: Change[] }[] = [];
  const head = view.commit.id;
  const room = new Room();
  for (const commit of following(sql, view, { after, limit: request.limit })) {
    const first = commits.length === 0;
    // The first has its room beside the page's, so that one change at its limit always goes with it.
    if (!first && !room.takes(commitBytes(commit))) return { commits, more: false, head };
    const changes: Change[] = [];
    for (const change of changesOf(sql, commit, first ? request.skip : 0)) {
      if (!room.takes(documentBytes(change.document))) {
        return first ? { commits: [{ commit, changes }], more: true, head } : { commits, more: false, head };
      }
      changes.push(change);
    }
    commits.push({ commit, changes });
  }
  return { commits, more: false, head };
}

type Range = { readonly after: number; readonly limit: number };

/** The commits of `view` after a sequence, oldest first. */
function following(sql: SQLTagStore, view: View, { after, limit }: Range): Commit[] {
  const commits: Commit[] = [];
  for (const { branch, upTo } of view.segments.toReversed()) {
    const missing = limit - commits.length;
    const rows = sql.all`
      SELECT commits.*, branches.name FROM commits JOIN branches USING (branch)
      WHERE branch = ${branch} AND sequence > ${after} AND sequence <= ${upTo}
      ORDER BY sequence LIMIT ${missing}`;
    commits.push(...rows.map(toCommit));
  }
  return commits;
}

/** What `commit` changed, in order of its writes, without the first `skip`. */
export function* changesOf(sql: SQLTagStore, commit: Commit, skip = 0): Generator<Change> {
  const rows = sql.iterate`
    SELECT now.id, now.type, now.body, now.replaces,
      now.body IS NULL AS deleted, before.type AS type_before, commits.id AS revision_before,
      CASE WHEN now.body IS NULL THEN before.body END AS body_before
    FROM versions AS now
    LEFT JOIN versions AS before ON before.version = now.replaces
    LEFT JOIN commits ON commits.sequence = before.sequence
    WHERE now.sequence = ${commit.sequence} ORDER BY now.version LIMIT -1 OFFSET ${skip}`;
  for (const row of rows) {
    const kind = kindOf(row);
    const deleted = kind === "deleted";
    const document = {
      id: String(row["id"]),
      type: String(deleted ? row["type_before"] : row["type"]),
      body: String(deleted ? row["body_before"] : row["body"]),
      revision: deleted ? String(row["revision_before"]) : commit.id,
    };
    yield { kind, document };
  }
}

/** What a version did, from its row's `deleted` and `replaces`. */
function kindOf(row: Record<string, unknown>): Change["kind"] {
  if (row["deleted"] === 1) return "deleted";
  return row["replaces"] === null ? "created" : "updated";
}

/** The commit with this key on a branch, with what it was made from. */
export function commitByKey(sql: SQLTagStore, branch: number, key: string) {
  const row = sql.get`
    SELECT commits.*, branches.name FROM commits JOIN branches USING (branch)
    WHERE branch = ${branch} AND key = ${key}`;
  return (
    row && { commit: toCommit(row), fingerprint: String(row["fingerprint"]), parent: Number(row["parent"]) }
  );
}

/** "" for 0, the state before any commit. */
export function commitId(sql: SQLTagStore, sequence: number): string {
  return String(sql.get`SELECT id FROM commits WHERE sequence = ${sequence}`?.["id"] ?? "");
}

function toCommit(row: Record<string, unknown>): Commit {
  return {
    id: String(row["id"]),
    key: String(row["key"]),
    branch: String(row["name"]),
    author: String(row["author"]),
    message: String(row["message"]),
    traceId: String(row["trace_id"]),
    timeMs: Number(row["time_ms"]),
    sequence: Number(row["sequence"]),
  };
}
