import type { SQLTagStore } from "node:sqlite";
import { find } from "./documents.ts";
import type { Segment, View } from "./lineage.ts";

/** Ids of documents whose versions in `view` refer to `target`: `limit` at most. */
export function referrers(sql: SQLTagStore, view: View, { target, limit }: Target): string[] {
  const found = new Set<string>();
  for (const segment of view.segments) {
    for (const id of everReferred(sql, segment, target)) {
      if (found.size === limit) return [...found];
      if (!found.has(id) && refersNow(sql, view, { id, target })) found.add(id);
    }
  }
  return [...found];
}

export type Target = { readonly target: string; readonly limit: number };

/** Keeps what a version refers to; `replaced` is the version before it. */
export function insertReferences(sql: SQLTagStore, version: Version, refers: readonly string[]): void {
  const { branch, id, version: number, replaced } = version;
  if (replaced !== undefined) {
    sql.run`
      UPDATE referrers SET present = 0
      WHERE branch = ${branch} AND id = ${id} AND target IN (SELECT target FROM refers WHERE version = ${replaced})`;
  }
  for (const target of refers) {
    sql.run`INSERT INTO refers (version, target) VALUES (${number}, ${target})`;
    sql.run`
      INSERT INTO referrers (branch, target, id, present) VALUES (${branch}, ${target}, ${id}, 1)
      ON CONFLICT DO UPDATE SET present = 1`;
  }
}

/** Forgets what a version refers to: the ids of targets repeat texts of its body. */
export function forgetReferences(sql: SQLTagStore, { branch, id, version }: Omit<Version, "replaced">): void {
  sql.run`
    DELETE FROM referrers
    WHERE branch = ${branch} AND id = ${id} AND target IN (SELECT target FROM refers WHERE version = ${version})
      AND NOT EXISTS (
        SELECT 1 FROM versions JOIN refers USING (version)
        WHERE versions.branch = ${branch} AND versions.id = ${id} AND version <> ${version}
          AND refers.target = referrers.target
      )`;
  sql.run`DELETE FROM refers WHERE version = ${version}`;
}

export type Version = {
  readonly branch: number;
  readonly id: string;
  readonly version: number;
  readonly replaced: number | undefined;
};

/** Every document that may refer to `target`: where nothing came later on the branch, only those that do now. */
function* everReferred(sql: SQLTagStore, { branch, upTo }: Segment, target: string): Generator<string> {
  const later = sql.get`SELECT 1 FROM commits WHERE branch = ${branch} AND sequence > ${upTo} LIMIT 1`;
  const rows = later
    ? sql.iterate`SELECT id FROM referrers WHERE branch = ${branch} AND target = ${target}`
    : sql.iterate`SELECT id FROM referrers INDEXED BY referrers_present
        WHERE branch = ${branch} AND target = ${target} AND present = 1`;
  for (const row of rows) yield String(row["id"]);
}

function refersNow(sql: SQLTagStore, view: View, { id, target }: { id: string; target: string }): boolean {
  const version = find(sql, view, id)?.version;
  if (version === undefined) return false;
  return sql.get`SELECT 1 FROM refers WHERE version = ${version} AND target = ${target}` !== undefined;
}
