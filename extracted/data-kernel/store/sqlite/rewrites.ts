import type { SQLTagStore } from "node:sqlite";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { BEGINNING } from "../../limits.ts";
import { refuseFrozen } from "../freeze.ts";
import type { Branch, Deletion, Reset } from "../port.ts";
import { toBranch } from "./branches.ts";
import { type BranchRow, type Point, requireBranch, viewOf } from "./lineage.ts";

export function deleteBranch(sql: SQLTagStore, request: Deletion): void {
  const { branch } = deletable(sql, request);
  removeAfter(sql, branch, 0);
  sql.run`DELETE FROM branches WHERE branch = ${branch}`;
}

export function evaluateDeletion(sql: SQLTagStore, request: Deletion): void {
  deletable(sql, request);
}

export function resetBranch(sql: SQLTagStore, request: Reset): Branch {
  const { row, to } = resettable(sql, request);
  removeAfter(sql, row.branch, to.sequence);
  sql.run`
    UPDATE branches SET origin_sequence = min(origin_sequence, ${to.sequence}) WHERE branch = ${row.branch}`;
  return toBranch(sql, requireBranch(sql, request.name));
}

export function evaluateReset(sql: SQLTagStore, request: Reset): Branch {
  const { row, to } = resettable(sql, request);
  const branch = toBranch(sql, row);
  const before = to.sequence < row.originSequence;
  return { ...branch, head: to.id, originCommit: before ? to.id : branch.originCommit };
}

function deletable(sql: SQLTagStore, request: Deletion): BranchRow {
  const row = requireBranch(sql, request.name, "name");
  refuseFrozen(row.freeze, { ...request, field: "name" });
  assertHead(sql, row, request.head);
  refuseWhileStartedFrom(sql, row, { after: -1, field: "name" });
  return row;
}

/** A branch that is at `to` already has been reset: what head it had before is no longer asked. */
function resettable(sql: SQLTagStore, request: Reset): { readonly row: BranchRow; readonly to: Point } {
  const row = requireBranch(sql, request.name, "name");
  refuseFrozen(row.freeze, { ...request, field: "name" });
  const to = viewOf(sql, row, request.to, "to").commit;
  if (viewOf(sql, row, "").commit.id !== to.id) assertHead(sql, row, request.head);
  refuseWhileStartedFrom(sql, row, { after: to.sequence, field: "to" });
  return { row, to };
}

function assertHead(sql: SQLTagStore, row: BranchRow, expected: string): void {
  const head = viewOf(sql, row, "").commit.id || BEGINNING;
  if (expected === "" || expected === head) return;
  const message = `is ${head}`;
  throw new ServiceError("ABORTED", `head ${message}`, [{ field: "head", message }]);
}

type Going = { readonly after: number; readonly field: string };

function refuseWhileStartedFrom(sql: SQLTagStore, { branch }: BranchRow, { after, field }: Going): void {
  const rows = sql.all`
    SELECT name FROM branches WHERE origin = ${branch} AND origin_sequence > ${after} ORDER BY name LIMIT 5`;
  if (rows.length === 0) return;
  const message = `branches started from it: ${rows.map(({ name }) => name).join(", ")}`;
  throw new ServiceError("FAILED_PRECONDITION", `${field}: ${message}`, [{ field, message }]);
}

/** Removes the branch's own commits after `sequence`, with their versions; its members and referrers say again what is left. */
function removeAfter(sql: SQLTagStore, branch: number, sequence: number): void {
  restoreMembers(sql, branch, sequence);
  restoreReferrers(sql, branch, sequence);
  sql.run`
    DELETE FROM versions
    WHERE sequence IN (SELECT sequence FROM commits WHERE branch = ${branch} AND sequence > ${sequence})`;
  sql.run`
    UPDATE removed SET sequence =
      max(sequence, coalesce((SELECT max(sequence) FROM commits WHERE branch = ${branch}), 0))`;
  sql.run`DELETE FROM commits WHERE branch = ${branch} AND sequence > ${sequence}`;
}

function restoreMembers(sql: SQLTagStore, branch: number, sequence: number): void {
  sql.run`
    DELETE FROM members
    WHERE branch = ${branch} AND id IN (
      SELECT versions.id FROM commits JOIN versions USING (sequence)
      WHERE commits.branch = ${branch} AND commits.sequence > ${sequence}
    ) AND NOT EXISTS (
      SELECT 1 FROM versions
      WHERE versions.branch = ${branch} AND versions.id = members.id AND versions.sequence <= ${sequence}
        AND versions.type = members.type AND versions.body IS NOT NULL
    )`;
  sql.run`
    UPDATE members SET present = (
      SELECT versions.type = members.type AND versions.body IS NOT NULL FROM versions
      WHERE versions.branch = ${branch} AND versions.id = members.id AND versions.sequence <= ${sequence}
      ORDER BY versions.sequence DESC LIMIT 1
    )
    WHERE branch = ${branch} AND id IN (
      SELECT versions.id FROM commits JOIN versions USING (sequence)
      WHERE commits.branch = ${branch} AND commits.sequence > ${sequence}
    )`;
}

/** Which targets' referrers a version counts among is read from `refers`, which goes with the version. */
function restoreReferrers(sql: SQLTagStore, branch: number, sequence: number): void {
  sql.run`
    UPDATE referrers SET present = EXISTS (
      SELECT 1 FROM refers WHERE refers.target = referrers.target AND refers.version = (
        SELECT version FROM versions
        WHERE versions.branch = ${branch} AND versions.id = referrers.id AND versions.sequence <= ${sequence}
        ORDER BY versions.sequence DESC LIMIT 1
      )
    )
    WHERE branch = ${branch} AND id IN (
      SELECT versions.id FROM commits JOIN versions USING (sequence)
      WHERE commits.branch = ${branch} AND commits.sequence > ${sequence}
    )`;
}
