import { BEGINNING } from "../../limits.ts";
import { commitBytes, Room } from "../../room.ts";
import type {
  Change,
  ChangesReply,
  ChangesRequest,
  Commit,
  ExportReply,
  HistoryReply,
  HistoryRequest,
  LogReply,
  LogRequest,
} from "../port.ts";
import { changesOf } from "./contents.ts";
import type { Database } from "./database.ts";
import { positionBelow } from "./gaps.ts";
import { branchAt } from "./lineage.ts";
import { type Moment, momentOf } from "./moment.ts";
import {
  type CommitRecord,
  changesAt,
  commitAt,
  type Entry,
  type Head,
  readCommit,
  readEntries,
} from "./records.ts";
import { and, binds, havingAnywhere, select } from "./woql.ts";

/** Commits whose changes are read at a time. */
const BATCH = 50;

const KINDS: ReadonlySet<string> = new Set<Change["kind"]>(["created", "updated", "deleted"]);

export async function log(database: Database, request: LogRequest): Promise<LogReply> {
  const moment = await momentOf(database, request);
  const newest = Math.min(moment.position, positionBelow(moment.head.gaps, request.beforeSequence));
  const oldest = Math.max(1, newest - request.limit);
  const records = await commitsAt(database, moment.store, descending(newest, oldest));
  const commits = records.slice(0, request.limit).map((record) => commitOf(record, moment.head));
  return { commits, more: records.length > request.limit, at: moment.id || BEGINNING };
}

export async function history(database: Database, request: HistoryRequest): Promise<HistoryReply> {
  const moment = await momentOf(database, request);
  const newest = positionBelow(moment.head.gaps, request.beforeSequence);
  const touches = await touchesOf(database, moment.store, request.id);
  const below = touches.filter(({ position }) => position <= newest).sort((a, b) => b.position - a.position);
  const page = below.slice(0, request.limit);
  const records = await commitsAt(
    database,
    moment.store,
    page.map(({ position }) => position),
  );
  const entries = page.flatMap(({ kind }, n) => {
    const record = records[n];
    return record ? [{ commit: commitOf(record, moment.head), kind }] : [];
  });
  return { entries, more: below.length > page.length, at: moment.id || BEGINNING };
}

export async function changes(database: Database, request: ChangesRequest): Promise<ChangesReply> {
  const { commits, ...page } = await exportCommits(database, request);
  return { commits: commits.map(({ commit, changes }) => ({ commit, changes: [...changes] })), ...page };
}

export async function exportCommits(database: Database, request: ChangesRequest): Promise<ExportReply> {
  const { branch, after, limit, skip = 0 } = request;
  const moment = await momentOf(database, request);
  const from = after && (await momentOf(database, { branch, at: after }, { branch: "branch", at: "after" }));
  const first = (from ? from.position : 0) + 1;
  const page = new ChangesPage(skip);
  for await (const part of partsOf(database, moment, { first, last: first + limit - 1 })) {
    for (const { record, entries } of part) page.add(record, entries);
    if (page.full) break;
  }
  const all = page.chosen.flatMap(({ entries }) => entries);
  const told = await changesOf(database, moment.store, all);
  const commits = page.chosen.map(({ record, entries }) => ({
    commit: commitOf(record, moment.head),
    fingerprint: record.fingerprint,
    changes: told.splice(0, entries.length),
  }));
  return { commits, more: page.more, head: moment.id };
}

type Range = { readonly first: number; readonly last: number };
type Part = { readonly record: CommitRecord; readonly entries: readonly Entry[] };

/** Commits with their changes by position, oldest first, some at a time. */
export async function* partsOf(
  database: Database,
  { position, store }: Pick<Moment, "position" | "store">,
  { first, last }: Range,
): AsyncGenerator<readonly Part[]> {
  const end = Math.min(position, last);
  for (let start = first; start <= end; start += BATCH) {
    const positions = descending(Math.min(end, start + BATCH - 1), start).reverse();
    const records = await commitsAt(database, store, positions);
    const entries = await entriesAt(database, store, positions);
    yield records.map((record, n) => ({ record, entries: entries[n] ?? [] }));
  }
}

/** The whole commit, as the branch that shows it tells it. */
function commitOf({ commit, position }: CommitRecord, head: Head): Commit {
  return { ...commit, branch: branchAt(head, position) };
}

/** As many commits as fit, all their changes with them; of a first that does not fit by itself, a part. */
class ChangesPage {
  readonly chosen: Part[] = [];
  readonly #room = new Room();
  readonly #skip: number;
  #state: "open" | "full" | "partial" = "open";

  constructor(skip: number) {
    this.#skip = skip;
  }

  get full(): boolean {
    return this.#state !== "open";
  }

  get more(): boolean {
    return this.#state === "partial";
  }

  add(record: CommitRecord, all: readonly Entry[]): void {
    if (this.full) return;
    const first = this.chosen.length === 0;
    const wanted = first ? all.slice(this.#skip) : all;
    // The first has its room beside the page's, so that one change at its limit always goes with it.
    const fits = first || this.#room.takes(commitBytes({ ...record.commit, branch: "" }));
    const end = fits ? wanted.findIndex(({ bytes }) => !this.#room.takes(bytes)) : 0;
    if (end === -1) this.chosen.push({ record, entries: wanted });
    else if (first) this.chosen.push({ record, entries: wanted.slice(0, end) });
    if (end !== -1) this.#state = first ? "partial" : "full";
  }
}

/** Commits by position, in the order asked for. */
export async function commitsAt(
  database: Database,
  store: string | undefined,
  positions: readonly number[],
): Promise<CommitRecord[]> {
  if (store === undefined || positions.length === 0) return [];
  const { documents } = await database.read(`commit/${store}`, positions.map(commitAt));
  return positions.map((position) => readCommit(documents.get(commitAt(position))));
}

async function entriesAt(
  database: Database,
  store: string | undefined,
  positions: readonly number[],
): Promise<(readonly Entry[])[]> {
  if (store === undefined) return [];
  const { documents } = await database.read(`commit/${store}`, positions.map(changesAt));
  return positions.map((position) => readEntries(documents.get(changesAt(position))));
}

/** Which commits changed a document and how: found by its id, whatever number of other commits there is. */
async function touchesOf(
  database: Database,
  store: string | undefined,
  id: string,
): Promise<{ position: number; kind: Change["kind"] }[]> {
  if (store === undefined) return [];
  const wanted = and([havingAnywhere("Touched", "Kind", id), binds("Touched", "position", "Position")]);
  const rows = await database.select(`commit/${store}`, select(["Kind", "Position"], wanted));
  return rows.flatMap((row) => {
    const kind = row["Kind"]?.split(/[/#:]/).at(-1) ?? "";
    return isKind(kind) ? [{ kind, position: Number(row["Position"]) }] : [];
  });
}

function isKind(text: string): text is Change["kind"] {
  return KINDS.has(text);
}

function descending(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, from - to + 1) }, (_, n) => from - n);
}
