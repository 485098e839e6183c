import type { SQLTagStore } from "node:sqlite";
import { BEGINNING } from "../../limits.ts";
import { documentBytes, Room } from "../../room.ts";
import type { Document, GetReply, GetRequest, PageOfType, QueryReply } from "../port.ts";
import { abovePrefix, byUtf8 } from "../utf8.ts";
import { requireBranch, type Segment, type View, viewOf } from "./lineage.ts";

/** A document and the row that holds it. */
export type StoredDocument = Document & { readonly version: number };

export function get(sql: SQLTagStore, request: GetRequest): GetReply {
  const view = viewOf(sql, requireBranch(sql, request.branch), request.at);
  const found = find(sql, view, request.id);
  return { document: found && plain(found), at: view.commit.id || BEGINNING };
}

export function query(sql: SQLTagStore, request: PageOfType): QueryReply {
  const view = viewOf(sql, requireBranch(sql, request.branch), request.at);
  const documents: Document[] = [];
  const room = new Room();
  for (const document of ofType(sql, view, request)) {
    const full = documents.length === request.limit || !room.takes(documentBytes(document));
    if (full) return { documents, more: true, at: view.commit.id };
    documents.push(plain(document));
  }
  return { documents, more: false, at: view.commit.id || BEGINNING };
}

export function find(sql: SQLTagStore, view: View, id: string): StoredDocument | undefined {
  for (const { branch, upTo } of view.segments) {
    const row = sql.get`
      SELECT version, type, body, commits.id AS revision
      FROM versions JOIN commits USING (sequence)
      WHERE versions.branch = ${branch} AND versions.id = ${id} AND sequence <= ${upTo}
      ORDER BY sequence DESC LIMIT 1`;
    if (!row) continue;
    if (row["body"] === null) return undefined;
    const [type, body, revision] = [row["type"], row["body"], row["revision"]].map(String);
    return {
      id,
      type: type ?? "",
      body: body ?? "",
      revision: revision ?? "",
      version: Number(row["version"]),
    };
  }
  return undefined;
}

function* ofType(sql: SQLTagStore, view: View, request: PageOfType): Generator<StoredDocument> {
  const { type, limit } = request;
  let after = request.afterId;
  for (;;) {
    const ids = candidates(sql, view, rangeOf({ ...request, afterId: after, limit: limit + 1 }));
    for (const id of ids) {
      const document = find(sql, view, id);
      if (document?.type === type) yield document;
    }
    if (ids.length <= limit) return;
    after = ids.at(-1) ?? after;
  }
}

/** Ids from `low` to below `high`, but for `after`. */
type Range = Pick<PageOfType, "type" | "descending" | "limit"> & {
  readonly low: string;
  readonly high: string | Uint8Array;
  readonly after: string;
};

/** SQLite has every blob above every text. */
const ABOVE_ALL = new Uint8Array();

function rangeOf({ type, prefix, afterId: after, descending, limit }: PageOfType): Range {
  const above = abovePrefix(prefix);
  const beyond = descending && after !== "" && (above === undefined || byUtf8(after, above) < 0);
  return {
    type,
    descending,
    limit,
    after,
    low: !descending && byUtf8(after, prefix) > 0 ? after : prefix,
    high: (beyond ? after : above) ?? ABOVE_ALL,
  };
}

/** The next ids that may have the type in `view`: every segment's first hold the first of all. */
function candidates(sql: SQLTagStore, view: View, range: Range): string[] {
  const [own, ...inherited] = view.segments.map((segment) => memberIds(sql, segment, range));
  if (!own || inherited.every((ids) => ids.length === 0)) return own ?? [];
  const ids = [...new Set([own, ...inherited].flat())].sort(byUtf8);
  return (range.descending ? ids.reverse() : ids).slice(0, range.limit);
}

function memberIds(sql: SQLTagStore, { branch, upTo }: Segment, range: Range): string[] {
  const later = sql.get`SELECT 1 FROM commits WHERE branch = ${branch} AND sequence > ${upTo} LIMIT 1`;
  const rows = later ? everIds(sql, branch, range) : presentIds(sql, branch, range);
  return rows.map((row) => String(row["id"]));
}

type Rows = ReturnType<SQLTagStore["all"]>;

function everIds(
  sql: SQLTagStore,
  branch: number,
  { type, low, high, after, descending, limit }: Range,
): Rows {
  return descending
    ? sql.all`SELECT id FROM members WHERE branch = ${branch} AND type = ${type}
        AND id >= ${low} AND id < ${high} AND id <> ${after} ORDER BY id DESC LIMIT ${limit}`
    : sql.all`SELECT id FROM members WHERE branch = ${branch} AND type = ${type}
        AND id >= ${low} AND id < ${high} AND id <> ${after} ORDER BY id LIMIT ${limit}`;
}

function presentIds(
  sql: SQLTagStore,
  branch: number,
  { type, low, high, after, descending, limit }: Range,
): Rows {
  return descending
    ? sql.all`SELECT id FROM members INDEXED BY members_present WHERE branch = ${branch} AND type = ${type}
        AND present = 1 AND id >= ${low} AND id < ${high} AND id <> ${after} ORDER BY id DESC LIMIT ${limit}`
    : sql.all`SELECT id FROM members INDEXED BY members_present WHERE branch = ${branch} AND type = ${type}
        AND present = 1 AND id >= ${low} AND id < ${high} AND id <> ${after} ORDER BY id LIMIT ${limit}`;
}

export function plain({ id, type, body, revision }: StoredDocument): Document {
  return { id, type, body, revision };
}
