import type { SQLTagStore } from "node:sqlite";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { mask } from "../../governance/mask.ts";
import { recordCommit, recorded, recordOf } from "../../governance/record.ts";
import { inspectReferences } from "../../hooks/inspect.ts";
import { PAGE_BYTES } from "../../limits.ts";
import type { Redacted, RedactRequest, StoreCommit, Write } from "../port.ts";
import { allOrNothing } from "./all-or-nothing.ts";
import { createBranch } from "./branches.ts";
import { commit } from "./commits.ts";
import { find } from "./documents.ts";
import { commitByKey } from "./history.ts";
import { findBranch, requireBranch, toBranchRow, type View, viewOf } from "./lineage.ts";
import { forgetReferences } from "./referrers.ts";

/** Documents of one commit that tells followers, which also ends at PAGE_BYTES of bodies. */
const DOCUMENTS_AT_ONCE = 500;

/** A state of a document that shows a field; `masked` is its body without. */
type Hit = {
  readonly version: number;
  readonly branch: number;
  readonly sequence: number;
  readonly id: string;
};
type Row = { readonly name: string; readonly view: View };

export function redact(sql: SQLTagStore, request: RedactRequest): Redacted {
  const first = firstResult(sql, request);
  if (first) return first;
  return allOrNothing(sql, () => redactNow(sql, request));
}

export function evaluateRedaction(sql: SQLTagStore, request: RedactRequest): Redacted {
  return survey(sql, request).redacted;
}

function redactNow(sql: SQLTagStore, request: RedactRequest): Redacted {
  const { hits, showing, redacted } = survey(sql, request);
  for (const hit of hits) {
    const masked = mask(bodyOf(sql, hit.version), request.fields);
    sql.run`UPDATE versions SET body = ${masked ?? null} WHERE version = ${hit.version}`;
    forgetReferences(sql, hit);
  }
  for (const row of showing) tell(sql, request, { row, hits });
  const { branch } = recordOf(request);
  if (!findBranch(sql, branch))
    createBranch(sql, { name: branch, origin: "", at: "", timeMs: request.timeMs });
  commit(sql, recordCommit(request, redacted), inspectReferences);
  return redacted;
}

function firstResult(sql: SQLTagStore, request: RedactRequest): Redacted | undefined {
  const place = recordOf(request);
  const branch = findBranch(sql, place.branch);
  const first = branch && commitByKey(sql, branch.branch, place.key);
  if (!branch || !first) return undefined;
  if (first.fingerprint !== request.fingerprint) {
    const message = "was used for another redaction";
    throw new ServiceError("ALREADY_EXISTS", `key ${message}`, [{ field: "key", message }]);
  }
  return recorded(find(sql, viewOf(sql, branch, ""), place.id)?.body ?? "");
}

function survey(sql: SQLTagStore, request: RedactRequest) {
  const view = viewOf(sql, requireBranch(sql, request.branch), "");
  const hits = hitsOf(sql, view, request);
  const rows = sql.all`SELECT * FROM branches ORDER BY name`.map((row): Row => {
    const branch = toBranchRow(row);
    return { name: branch.name, view: viewOf(sql, branch, "") };
  });
  const showing = rows.filter(({ view }) => hits.some((hit) => shows(view, hit)));
  const ids = [...new Set(hits.map(({ id }) => id))];
  const redacted: Redacted = {
    documents: ids.length,
    versions: hits.length,
    branches: showing.map(({ name }) => name),
    elsewhere: rows
      .filter((row) => showsOwn(sql, row.view, { ids, reached: view, fields: request.fields }))
      .map(({ name }) => name),
    repeated: false,
    remains: [],
  };
  return { hits, showing, redacted };
}

/** Every state in `view`, whenever it was, that a mask would change. */
function hitsOf(sql: SQLTagStore, view: View, { documents, types, fields }: RedactRequest): Hit[] {
  const named = new Set(documents);
  const typed = new Set(types);
  const hits: Hit[] = [];
  for (const id of new Set([...documents, ...idsOfTypes(sql, view, types)])) {
    for (const { branch, upTo } of view.segments) {
      for (const { version, sequence, type } of versionsOf(sql, { branch, id, after: 0, upTo })) {
        if (!named.has(id) && !typed.has(type)) continue;
        if (mask(bodyOf(sql, version), fields) !== undefined) hits.push({ version, branch, sequence, id });
      }
    }
  }
  return hits;
}

/** A branch has an id among its members only where the document's type was new there. */
function idsOfTypes(sql: SQLTagStore, { segments }: View, types: readonly string[]): string[] {
  return segments.flatMap(({ branch }) =>
    types.flatMap((type) =>
      sql.all`SELECT id FROM members WHERE branch = ${branch} AND type = ${type}`.map(({ id }) => String(id)),
    ),
  );
}

type Stretch = {
  readonly branch: number;
  readonly id: string;
  readonly after: number;
  readonly upTo: number;
};

function versionsOf(sql: SQLTagStore, { branch, id, after, upTo }: Stretch) {
  const rows = sql.all`
    SELECT version, sequence, type FROM versions
    WHERE branch = ${branch} AND id = ${id} AND sequence > ${after} AND sequence <= ${upTo} AND body IS NOT NULL`;
  return rows.map((row) => ({
    version: Number(row["version"]),
    sequence: Number(row["sequence"]),
    type: String(row["type"]),
  }));
}

function bodyOf(sql: SQLTagStore, version: number): string {
  return String(sql.get`SELECT body FROM versions WHERE version = ${version}`?.["body"]);
}

function shows({ segments }: View, hit: Hit): boolean {
  return segments.some(({ branch, upTo }) => branch === hit.branch && hit.sequence <= upTo);
}

type Beyond = { readonly ids: readonly string[]; readonly reached: View; readonly fields: readonly string[] };

/** True when a commit of the branch's own, out of `reached`, shows a field of one of the documents. */
function showsOwn(sql: SQLTagStore, { branch }: View, { ids, reached, fields }: Beyond): boolean {
  const after = reached.segments.find((segment) => segment.branch === branch)?.upTo ?? 0;
  return ids.some((id) =>
    versionsOf(sql, { branch, id, after, upTo: Number.MAX_SAFE_INTEGER }).some(
      ({ version }) => mask(bodyOf(sql, version), fields) !== undefined,
    ),
  );
}

type Told = { readonly row: Row; readonly hits: readonly Hit[] };

/** Commits, on a branch whose head shows them, the masked documents as they now are. */
function tell(sql: SQLTagStore, request: RedactRequest, { row, hits }: Told): void {
  const masked = new Set(hits.map(({ version }) => version));
  let writes: Write[] = [];
  let bytes = 0;
  let n = 0;
  const flush = (): void => {
    if (writes.length > 0)
      commit(sql, tellingOf(request, { branch: row.name, n, writes }), inspectReferences);
    [writes, bytes, n] = [[], 0, n + 1];
  };
  for (const id of new Set(hits.map(({ id }) => id))) {
    const found = find(sql, row.view, id);
    if (!found || !masked.has(found.version)) continue;
    writes.push({ put: { id, type: found.type, body: found.body } });
    bytes += Buffer.byteLength(found.body);
    if (writes.length === DOCUMENTS_AT_ONCE || bytes >= PAGE_BYTES) flush();
  }
  flush();
}

function tellingOf(
  { branch: from, key, fingerprint, author, traceId, timeMs }: RedactRequest,
  { branch, n, writes }: { readonly branch: string; readonly n: number; readonly writes: Write[] },
): StoreCommit {
  return {
    branch,
    key: `redaction/${from}/${key}/${n}`,
    fingerprint,
    author,
    message: "fields were redacted",
    traceId,
    timeMs,
    writes,
    preconditions: [],
  };
}
