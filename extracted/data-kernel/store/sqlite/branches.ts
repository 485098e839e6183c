import type { SQLTagStore } from "node:sqlite";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Branch, NewBranch } from "../port.ts";
import { commitId } from "./history.ts";
import { type BranchRow, findBranch, requireBranch, toBranchRow, viewOf } from "./lineage.ts";

export function createBranch(sql: SQLTagStore, request: NewBranch): Branch {
  const found = findBranch(sql, request.name);
  if (found) return agreeing(sql, request, found);
  const { origin, commit } = startOf(sql, request);
  sql.run`
    INSERT INTO branches (name, origin, origin_sequence, created_ms)
    VALUES (${request.name}, ${origin?.branch ?? null}, ${commit.sequence}, ${request.timeMs})`;
  return toBranch(sql, requireBranch(sql, request.name));
}

export function evaluateBranch(sql: SQLTagStore, request: NewBranch): Branch {
  const found = findBranch(sql, request.name);
  if (found) return agreeing(sql, request, found);
  const { commit } = startOf(sql, request);
  const { name, origin, timeMs } = request;
  return { name, origin, head: commit.id, originCommit: commit.id, createdMs: timeMs };
}

export function listBranches(sql: SQLTagStore): Branch[] {
  const rows = sql.all`SELECT * FROM branches ORDER BY name`;
  return rows.map((row) => toBranch(sql, toBranchRow(row)));
}

function startOf(sql: SQLTagStore, request: NewBranch) {
  if (!request.origin) return { origin: undefined, commit: { sequence: 0, id: "" } };
  const origin = requireBranch(sql, request.origin, "origin");
  return { origin, commit: viewOf(sql, origin, request.at).commit };
}

/** The branch that is there, when it is what the request would have made; an open `at` agrees with any commit. */
function agreeing(sql: SQLTagStore, request: NewBranch, found: BranchRow): Branch {
  const branch = toBranch(sql, found);
  const sameOrigin = branch.origin === request.origin;
  if (sameOrigin && (request.at === "" || startOf(sql, request).commit.id === branch.originCommit))
    return branch;
  const message = "exists with another origin or commit";
  throw new ServiceError("ALREADY_EXISTS", `name ${message}`, [{ field: "name", message }]);
}

export function toBranch(sql: SQLTagStore, row: BranchRow): Branch {
  const origin = row.origin === undefined ? "" : nameOf(sql, row.origin);
  return {
    name: row.name,
    head: viewOf(sql, row, "").commit.id,
    origin,
    originCommit: commitId(sql, row.originSequence),
    createdMs: row.createdMs,
  };
}

function nameOf(sql: SQLTagStore, branch: number): string {
  return String(sql.get`SELECT name FROM branches WHERE branch = ${branch}`?.["name"]);
}
