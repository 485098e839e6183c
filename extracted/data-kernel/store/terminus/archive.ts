import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { inspectReferences } from "../../hooks/inspect.ts";
import { BEGINNING } from "../../limits.ts";
import { documentBytes } from "../../room.ts";
import type { Change, Cost, Exported, ImportRequest, Moment, Ownership } from "../port.ts";
import { inMemory } from "../writes.ts";
import { headsOf } from "./branches.ts";
import type { Connection } from "./connection.ts";
import { documentsIn } from "./contents.ts";
import type { Database } from "./database.ts";
import { decide } from "./decide.ts";
import { partsOf } from "./history.ts";
import { forkOf } from "./lineage.ts";
import { type BranchSnapshot, momentOf, readBranch } from "./moment.ts";
import { storeBranchOf } from "./names.ts";
import { Overtaken, untilDone } from "./overtaken.ts";
import * as records from "./records.ts";
import { holds, replace } from "./woql.ts";
import { type Decided, placed, write } from "./write.ts";

/** Reads every commit's list of changes: for a report, not for a call that somebody waits for. */
export async function cost({ database }: Connection, request: Moment): Promise<Ownership> {
  const moment = await momentOf(database, request);
  const sums = { own: nothing(), shared: nothing() };
  for await (const part of partsOf(database, moment, { first: 1, last: moment.position })) {
    for (const { record, entries } of part) {
      const sum = record.position > forkOf(moment.head) ? sums.own : sums.shared;
      sum.commits += 1;
      sum.versions += entries.length;
      sum.bytes += entries.reduce((bytes, entry) => bytes + bodyBytes(entry), 0);
    }
  }
  return sums;
}

function nothing(): { -readonly [K in keyof Cost]: number } {
  return { commits: 0, versions: 0, bytes: 0 };
}

function bodyBytes({ kind, id, type, revision, bytes }: records.Entry): number {
  return kind === "deleted" ? 0 : bytes - documentBytes({ id, type, revision, body: "" });
}

/** One transaction a commit: what was interrupted goes on where it stopped. */
export async function importCommits(connection: Connection, request: ImportRequest): Promise<void> {
  const { database, patience, turns } = connection;
  const { branch, commits } = request;
  await refuseOthersCommits(database, request);
  let after = request.after;
  for (const exported of commits) {
    const position = { branch, after };
    await turns(branch, () => untilDone(() => importOne(database, exported, position), patience));
    after = exported.commit.id;
  }
}

async function refuseOthersCommits(database: Database, { branch, commits }: ImportRequest): Promise<void> {
  const ids = commits.map(({ commit }) => records.whereId(commit.id));
  for (const { branch: other } of await headsOf(database)) {
    if (other === branch) continue;
    const { documents } = await readBranch(database, other, { ids });
    const taken = commits.find(({ commit }) => documents.has(records.whereId(commit.id)));
    if (taken) throw refused("ALREADY_EXISTS", "commits", `another branch has ${taken.commit.id}`);
  }
}

type Position = { readonly branch: string; readonly after: string };

async function importOne(database: Database, exported: Exported, { branch, after }: Position): Promise<void> {
  await momentOf(database, { branch, at: after || BEGINNING }, { branch: "branch", at: "after" });
  const { commit, changes } = exported;
  const keyId = records.keyId(commit.key);
  const whereId = records.whereId(commit.id);
  const ids = [keyId, whereId, ...changes.map(({ document }) => records.documentId(document.id))];
  const read = await readBranch(database, branch, { ids });
  const known = records.readPlace(read.documents.get(whereId));
  if (known) return amend(database, exported, { read, position: known.position });
  const head = read.head.commit || BEGINNING;
  if (head !== (after || BEGINNING)) throw refused("ABORTED", "after", `the head is ${head}`);
  const keyIsThere = read.documents.has(keyId);
  await write(database, { ...(await decided(database, exported, { read, changes })), keyIsThere });
}

type Begun = { readonly read: BranchSnapshot; readonly position: number };

/** Adds what is missing of a commit of which a part is there. */
async function amend(database: Database, exported: Exported, { read, position }: Begun): Promise<void> {
  const ids = [records.changesAt(position)];
  const { documents } = await database.read(`commit/${read.commit}`, ids);
  const there = records.readEntries(documents.get(records.changesAt(position)));
  const missing = exported.changes.filter(({ document }) => there.every(({ id }) => id !== document.id));
  if (missing.length === 0) return;
  if (position !== read.head.position) {
    throw refused("ABORTED", "after", `${exported.commit.id} is not the last commit`);
  }
  const before = { ...read, head: { ...read.head, position: position - 1 } };
  const { entries, parts } = await placed(
    database,
    await decided(database, exported, { read: before, changes: missing }),
  );
  const all = [...there, ...entries];
  const version = `${exported.commit.id}+${all.length}`;
  const { author, message } = exported.commit;
  const whole = [
    holds(records.HEAD, "version", read.head.version),
    replace(records.storedHead({ ...read.head, version })),
    replace(records.storedTouched(position, all)),
    replace(records.storedEntries(position, all)),
  ];
  const storeBranch = storeBranchOf(read.head.branch);
  if ((await database.transact(storeBranch, [...whole, ...parts], { author, message })) === undefined) {
    throw new Overtaken();
  }
}

type Onto = { readonly read: BranchSnapshot; readonly changes: readonly Change[] };

/** No hook is asked, for the commit was made once; what its documents refer to is worked out again. */
async function decided(
  database: Database,
  { commit, fingerprint }: Exported,
  { read, changes }: Onto,
): Promise<Omit<Decided, "keyIsThere">> {
  const { head, commit: store } = read;
  const asked = changes.map(({ document }) => document.id);
  const known = documentsIn(read);
  const lost = changes.find(({ kind, document }) => kind === "deleted" && !known.has(document.id));
  if (lost) throw refused("FAILED_PRECONDITION", "commits", `${lost.document.id} is deleted and not there`);
  const writes = inMemory(
    changes.map(({ kind, document }) => (kind === "deleted" ? { delete: document.id } : { put: document })),
  );
  const proposal = { ...commit, preconditions: [], writes };
  const effects = await decide(
    proposal,
    { database, store, head: head.commit, known, asked },
    inspectReferences,
  );
  const bytes = changes.reduce((sum, { document }) => sum + Buffer.byteLength(document.body), 0);
  const saying = { ...commit, branch: head.branch, fingerprint };
  return { saying, bytes, nonce: commit.id, read, effects };
}

function refused(code: ServiceError["code"], field: string, message: string): ServiceError {
  return new ServiceError(code, `${field}: ${message}`, [{ field, message }]);
}
