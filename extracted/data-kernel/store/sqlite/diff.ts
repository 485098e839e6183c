import type { SQLTagStore } from "node:sqlite";
import { BEGINNING } from "../../limits.ts";
import { documentBytes, Room } from "../../room.ts";
import type { Difference, DiffReply, DiffRequest, Moment } from "../port.ts";
import { byUtf8 } from "../utf8.ts";
import { find, plain, type StoredDocument } from "./documents.ts";
import { requireBranch, type View, viewOf } from "./lineage.ts";

/** A branch's own commits after one sequence, up to another. */
type Stretch = { readonly branch: number; readonly after: number; readonly upTo: number };

export function diff(sql: SQLTagStore, request: DiffRequest): DiffReply {
  const from = momentOf(sql, request.from, "from");
  const to = momentOf(sql, request.to, "to");
  const compared = { from: from.commit.id || BEGINNING, to: to.commit.id || BEGINNING };
  const differences: Difference[] = [];
  const room = new Room();
  for (const id of changedIds(sql, stretches(from, to), request)) {
    const before = find(sql, from, id);
    const after = find(sql, to, id);
    if (same(before, after)) continue;
    const bytes = (before ? documentBytes(before) : 0) + (after ? documentBytes(after) : 0);
    const full = differences.length === request.limit || !room.takes(bytes);
    if (full) return { differences, more: true, ...compared };
    differences.push({ id, before: before && plain(before), after: after && plain(after) });
  }
  return { differences, more: false, ...compared };
}

function momentOf(sql: SQLTagStore, { branch, at }: Moment, side: "from" | "to"): View {
  return viewOf(sql, requireBranch(sql, branch, `${side}.branch`), at, `${side}.at`);
}

/** A document written again as it was is no difference. */
function same(before: StoredDocument | undefined, after: StoredDocument | undefined): boolean {
  if (before?.version === after?.version) return true;
  return before?.type === after?.type && before?.body === after?.body;
}

/** The commits that one view has and the other has not: nothing else can make a difference. */
function stretches(from: View, to: View): Stretch[] {
  const ends = new Map<number, number[]>();
  for (const { branch, upTo } of [...from.segments, ...to.segments]) {
    ends.set(branch, [...(ends.get(branch) ?? []), upTo]);
  }
  return [...ends].flatMap(([branch, [one = 0, other = 0]]) =>
    one === other ? [] : [{ branch, after: Math.min(one, other), upTo: Math.max(one, other) }],
  );
}

function* changedIds(sql: SQLTagStore, all: readonly Stretch[], request: DiffRequest): Generator<string> {
  const limit = request.limit + 1;
  let after = request.afterId;
  for (;;) {
    const ids = [...new Set(all.flatMap((stretch) => idsOf(sql, stretch, { after, limit })))];
    const page = ids.sort(byUtf8).slice(0, limit);
    yield* page;
    if (page.length < limit) return;
    after = page.at(-1) ?? after;
  }
}

type Range = { readonly after: string; readonly limit: number };

/** More versions than this, and passing over the branch's other documents is quicker than sorting. */
const MANY = 10_000;

function idsOf(sql: SQLTagStore, { branch, after: low, upTo }: Stretch, { after, limit }: Range): string[] {
  const counted = sql.get`
    SELECT count(*) AS n FROM (
      SELECT 1 FROM commits JOIN versions USING (sequence)
      WHERE commits.branch = ${branch} AND sequence > ${low} AND sequence <= ${upTo} LIMIT ${MANY + 1})`;
  const rows =
    Number(counted?.["n"]) > MANY
      ? sql.all`
          SELECT DISTINCT id FROM versions INDEXED BY versions_of_document
          WHERE branch = ${branch} AND id > ${after} AND sequence > ${low} AND sequence <= ${upTo}
          ORDER BY id LIMIT ${limit}`
      : sql.all`
          SELECT DISTINCT versions.id FROM commits CROSS JOIN versions USING (sequence)
          WHERE commits.branch = ${branch} AND commits.sequence > ${low} AND commits.sequence <= ${upTo}
            AND versions.id > ${after}
          ORDER BY versions.id LIMIT ${limit}`;
  return rows.map((row) => String(row["id"]));
}
