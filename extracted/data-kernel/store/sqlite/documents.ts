import type { SQLTagStore } from "node:sqlite";
import { BEGINNING } from "../../limits.ts";
import { documentBytes, Room } from "../../room.ts";
import type { Document, GetReply, GetRequest, PageOfType, QueryReply } from "../port.ts";
import { byUtf8 } from "../utf8.ts";
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
    const ids = candidates(sql, view, { type, after, limit: limit + 1 });
    for (const id of ids) {
      const document = find(sql, view, id);
      if (document?.type === type) yield document;
    }
    if (ids.length <= limit) return;
    after = ids.at(-1) ?? after;
  }
}

type Range = { readonly type: string; readonly after: string; readonly limit: number };

/** The next ids that may have the type in `view`: every segment's lowest hold the lowest of all. */
function candidates(sql: SQLTagStore, view: View, range: Range): string[] {
  const [own, ...inherited] = view.segments.map((segment) => memberIds(sql, segment, range));
  if (!own || inherited.every((ids) => ids.length === 0)) return own ?? [];
  return [...new Set([own, ...inherited].flat())].sort(byUtf8).slice(0, range.limit);
}

function memberIds(sql: SQLTagStore, { branch, upTo }: Segment, { type, after, limit }: Range): string[] {
  const later = sql.get`SELECT 1 FROM commits WHERE branch = ${branch} AND sequence > ${upTo} LIMIT 1`;
  const rows = later
    ? sql.all`SELECT id FROM members
        WHERE branch = ${branch} AND type = ${type} AND id > ${after} ORDER BY id LIMIT ${limit}`
    : sql.all`SELECT id FROM members INDEXED BY members_present
        WHERE branch = ${branch} AND type = ${type} AND id > ${after} AND present = 1 ORDER BY id LIMIT ${limit}`;
  return rows.map((row) => String(row["id"]));
}

export function plain({ id, type, body, revision }: StoredDocument): Document {
  return { id, type, body, revision };
}
