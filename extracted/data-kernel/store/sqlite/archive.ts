import type { SQLTagStore } from "node:sqlite";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { inspectReferences } from "../../hooks/inspect.ts";
import { BEGINNING } from "../../limits.ts";
import type {
  Change,
  ChangesRequest,
  Cost,
  Exported,
  ExportReply,
  ImportRequest,
  Moment,
  Ownership,
  Renaming,
  Write,
} from "../port.ts";
import { inMemory } from "../writes.ts";
import { allOrNothing } from "./all-or-nothing.ts";
import { insertCommit, insertVersion, type Place, stateOf } from "./commits.ts";
import { find } from "./documents.ts";
import { changes } from "./history.ts";
import { type BranchRow, findBranch, requireBranch, type Segment, type View, viewOf } from "./lineage.ts";

export function cost(sql: SQLTagStore, { branch, at }: Moment): Ownership {
  const [own, ...inherited] = viewOf(sql, requireBranch(sql, branch), at).segments.map((segment) =>
    costOf(sql, segment),
  );
  const nothing: Cost = { commits: 0, versions: 0, bytes: 0 };
  return { own: own ?? nothing, shared: inherited.reduce(sum, nothing) };
}

function costOf(sql: SQLTagStore, { branch, upTo }: Segment): Cost {
  const made = sql.get`SELECT count(*) AS n FROM commits WHERE branch = ${branch} AND sequence <= ${upTo}`;
  const kept = sql.get`
    SELECT count(*) AS n, coalesce(sum(octet_length(body)), 0) AS bytes
    FROM versions WHERE branch = ${branch} AND sequence <= ${upTo}`;
  return { commits: Number(made?.["n"]), versions: Number(kept?.["n"]), bytes: Number(kept?.["bytes"]) };
}

function sum(a: Cost, b: Cost): Cost {
  return {
    commits: a.commits + b.commits,
    versions: a.versions + b.versions,
    bytes: a.bytes + b.bytes,
  };
}

export function exportCommits(sql: SQLTagStore, request: ChangesRequest): ExportReply {
  const { commits, ...page } = changes(sql, request);
  const exported = commits.map(({ commit, changes }) => {
    const row = sql.get`SELECT fingerprint FROM commits WHERE id = ${commit.id}`;
    return { commit, changes, fingerprint: String(row?.["fingerprint"]) };
  });
  return { commits: exported, ...page };
}

export function importCommits(sql: SQLTagStore, { branch, after, commits }: ImportRequest): void {
  allOrNothing(sql, () => {
    let parent = after;
    for (const exported of commits) {
      importCommit(sql, exported, { branch, parent });
      parent = exported.commit.id;
    }
  });
}

type Position = { readonly branch: string; readonly parent: string };

function importCommit(sql: SQLTagStore, exported: Exported, position: Position): void {
  const branch = requireBranch(sql, position.branch);
  const view = viewOf(sql, branch, position.parent, "after");
  const { commit, changes } = exported;
  const known = sql.get`SELECT sequence, branch FROM commits WHERE id = ${commit.id}`;
  if (known && known["branch"] !== branch.branch) {
    throw refused("ALREADY_EXISTS", "commits", `another branch has ${commit.id}`);
  }
  const sequence = known ? Number(known["sequence"]) : importNew(sql, exported, { branch, view });
  const { refers } = inspectReferences({
    proposed: { ...commit, service: "data-kernel" },
    writes: inMemory(changes.map(writeOf)),
    base: stateOf(sql, view),
  });
  for (const change of changes) {
    const { id } = change.document;
    importChange(sql, change, { branch, sequence, view, refers: refers.get(id) ?? [] });
  }
}

function writeOf({ kind, document }: Change): Write {
  return kind === "deleted" ? { delete: document.id } : { put: document };
}

type Onto = { readonly branch: BranchRow; readonly view: View };

function importNew(sql: SQLTagStore, { commit, fingerprint }: Exported, { branch, view }: Onto): number {
  const head = viewOf(sql, branch, "").commit.id;
  if (head !== view.commit.id) throw refused("ABORTED", "after", `the head is ${head || BEGINNING}`);
  return insertCommit(sql, { ...commit, fingerprint }, view).sequence;
}

type Restored = Place & Onto & { readonly refers: readonly string[] };

function importChange(sql: SQLTagStore, { kind, document }: Change, restored: Restored): void {
  const { branch, sequence, view, refers } = restored;
  const there = sql.get`
    SELECT 1 FROM versions WHERE branch = ${branch.branch} AND id = ${document.id} AND sequence = ${sequence}`;
  if (there) return;
  const before = find(sql, view, document.id);
  if (kind !== "deleted") insertVersion(sql, { before, after: document, refers }, { branch, sequence });
  else if (before) insertVersion(sql, { before, after: undefined, refers }, { branch, sequence });
  else throw refused("FAILED_PRECONDITION", "commits", `${document.id} is deleted and not there`);
}

export function renameBranch(sql: SQLTagStore, { name, to }: Renaming): void {
  const { branch } = requireBranch(sql, name, "name");
  if (findBranch(sql, to)) throw refused("ALREADY_EXISTS", "to", "is a branch already");
  sql.run`UPDATE branches SET name = ${to} WHERE branch = ${branch}`;
}

function refused(code: ServiceError["code"], field: string, message: string): ServiceError {
  return new ServiceError(code, `${field}: ${message}`, [{ field, message }]);
}
