import type { SQLTagStore } from "node:sqlite";
import { notFound } from "@oms/chassis/errors/service-error.ts";
import { BEGINNING } from "../../limits.ts";
import type { Freeze } from "../freeze.ts";

/** A branch's own commits up to a sequence, that one included. */
export type Segment = { readonly branch: number; readonly upTo: number };

export type Point = { readonly sequence: number; readonly id: string; readonly timeMs: number };

/**
 * A branch as of a commit: its own commits first, then its origin's up to where it was created, and so on. Any
 * commit of a branch has a higher sequence than all of its origin's part.
 */
export type View = {
  readonly branch: number;
  readonly segments: readonly Segment[];
  readonly commit: Point;
};

export type BranchRow = {
  readonly branch: number;
  readonly name: string;
  readonly origin: number | undefined;
  readonly originSequence: number;
  readonly createdMs: number;
  readonly freeze: Freeze | undefined;
};

/** The state before any commit. */
const START: Point = { sequence: 0, id: "", timeMs: 0 };

/** `field` names what the caller asked the branch by. */
export function requireBranch(sql: SQLTagStore, name: string, field = "branch"): BranchRow {
  const branch = findBranch(sql, name);
  if (!branch) throw notFound(field, `there is no branch ${name}`);
  return branch;
}

export function findBranch(sql: SQLTagStore, name: string): BranchRow | undefined {
  const row = sql.get`SELECT * FROM branches WHERE name = ${name}`;
  return row && toBranchRow(row);
}

export function toBranchRow(row: Record<string, unknown>): BranchRow {
  const token = row["frozen_by"];
  return {
    branch: Number(row["branch"]),
    name: String(row["name"]),
    origin: row["origin"] === null ? undefined : Number(row["origin"]),
    originSequence: Number(row["origin_sequence"]),
    createdMs: Number(row["created_ms"]),
    freeze: token === null ? undefined : { token: String(token), untilMs: Number(row["frozen_until_ms"]) },
  };
}

/** `branch` as of the commit `at`; "" is the head, BEGINNING the state before any commit. */
export function viewOf(sql: SQLTagStore, branch: BranchRow, at: string, field = "at"): View {
  const lineage = lineageOf(sql, branch);
  const commit = at === "" ? headOf(sql, lineage) : pointOf(sql, lineage, at);
  if (!commit) throw notFound(field, `the branch has no commit ${at}`);
  const segments = lineage.map(({ branch, upTo }) => ({ branch, upTo: Math.min(upTo, commit.sequence) }));
  return { branch: branch.branch, segments, commit };
}

function lineageOf(sql: SQLTagStore, branch: BranchRow): Segment[] {
  const segments: Segment[] = [{ branch: branch.branch, upTo: Number.MAX_SAFE_INTEGER }];
  let { origin, originSequence: upTo } = branch;
  while (origin !== undefined) {
    segments.push({ branch: origin, upTo });
    const row = sql.get`SELECT * FROM branches WHERE branch = ${origin}`;
    const next = row && toBranchRow(row);
    origin = next?.origin;
    upTo = Math.min(upTo, next?.originSequence ?? 0);
  }
  return segments;
}

function headOf(sql: SQLTagStore, lineage: readonly Segment[]): Point {
  for (const { branch, upTo } of lineage) {
    const row = sql.get`
      SELECT sequence, id, time_ms FROM commits
      WHERE branch = ${branch} AND sequence <= ${upTo} ORDER BY sequence DESC LIMIT 1`;
    if (row) return toPoint(row);
  }
  return START;
}

function pointOf(sql: SQLTagStore, lineage: readonly Segment[], id: string): Point | undefined {
  if (id === BEGINNING) return START;
  const row = sql.get`SELECT sequence, id, time_ms, branch FROM commits WHERE id = ${id}`;
  if (!row) return undefined;
  const point = toPoint(row);
  const known = lineage.some(({ branch, upTo }) => branch === row["branch"] && point.sequence <= upTo);
  return known ? point : undefined;
}

function toPoint(row: Record<string, unknown>): Point {
  return { sequence: Number(row["sequence"]), id: String(row["id"]), timeMs: Number(row["time_ms"]) };
}
