import { LRUCache } from "lru-cache";
import { BEGINNING } from "../../limits.ts";
import { Room } from "../../room.ts";
import type { Document, GetReply, GetRequest, PageOfType, QueryReply } from "../port.ts";
import { abovePrefix, byUtf8 } from "../utf8.ts";
import { knownAt, whole } from "./contents.ts";
import type { Database } from "./database.ts";
import { momentOf, readBranch } from "./moment.ts";
import { documentId, readDocument } from "./records.ts";
import { and, binds, having, select } from "./woql.ts";

/** A document of a type, before its body is read. */
type Entry = { readonly id: string; readonly bytes: number };

/** Ids held in memory, in characters. */
const MAX_INDEX_SIZE = 50_000_000;

/**
 * The ids of a type in order, as of one of the server's commits: what a page is cut from, for the server itself keeps
 * documents in no order of ours. Made by one query and kept, for a commit never changes.
 */
export class TypeIndex {
  readonly #cache: LRUCache<string, readonly Entry[], { readonly store: string; readonly type: string }>;

  constructor(database: Database) {
    this.#cache = new LRUCache({
      maxSize: MAX_INDEX_SIZE,
      sizeCalculation: (entries) => entries.reduce((sum, { id }) => sum + id.length + 8, 1),
      // A reader waits for it, room in the cache or not.
      ignoreFetchAbort: true,
      fetchMethod: (_key, _stale, { context }) => entriesOf(database, context),
    });
  }

  /** @throws what the server's refusal was. */
  of(store: string, type: string): Promise<readonly Entry[]> {
    return this.#cache.forceFetch(`${store} ${type}`, { context: { store, type } });
  }
}

export async function get(database: Database, request: GetRequest): Promise<GetReply> {
  const id = documentId(request.id);
  if (request.at === "") {
    const { head, commit, documents } = await readBranch(database, request.branch, { ids: [id] });
    const stored = documents.get(id);
    const found = stored === undefined ? [] : [readDocument(stored)];
    const [document] = await whole(database, commit, found);
    return { document, at: head.commit || BEGINNING };
  }
  const moment = await momentOf(database, request);
  const [document] = await documentsAt(database, moment.store, [request.id]);
  return { document, at: moment.id || BEGINNING };
}

export async function query(database: Database, index: TypeIndex, request: PageOfType): Promise<QueryReply> {
  const { store, id } = await momentOf(database, request);
  const at = id || BEGINNING;
  if (store === undefined) return { documents: [], more: false, at };
  const asked = askedOf(await index.of(store, request.type), request);
  const page = asked.slice(0, pageLength(asked, request.limit));
  const ids = page.map((entry) => entry.id);
  return { documents: await documentsAt(database, store, ids), more: page.length < asked.length, at };
}

/** Those that are there, in the order asked for. */
async function documentsAt(
  database: Database,
  store: string | undefined,
  ids: readonly string[],
): Promise<Document[]> {
  const known = await knownAt(database, store, ids);
  return store === undefined
    ? []
    : whole(
        database,
        store,
        ids.flatMap((id) => known.get(id) ?? []),
      );
}

async function entriesOf(
  database: Database,
  { store, type }: { readonly store: string; readonly type: string },
): Promise<Entry[]> {
  const wanted = and([
    having("Document", "documentType", type),
    binds("Document", "documentId", "Id"),
    binds("Document", "bytes", "Bytes"),
  ]);
  const rows = await database.select(`commit/${store}`, select(["Id", "Bytes"], wanted));
  const entries = rows.map((row) => ({ id: String(row["Id"]), bytes: Number(row["Bytes"]) }));
  return entries.sort((a, b) => byUtf8(a.id, b.id));
}

/** Those of `entries`, which are in order, that pages from here on show, in their order. */
function askedOf(entries: readonly Entry[], { prefix, afterId, descending }: PageOfType): readonly Entry[] {
  const above = abovePrefix(prefix);
  let from = firstFrom(entries, prefix);
  let to = above === undefined ? entries.length : firstFrom(entries, above);
  if (afterId !== "") {
    const place = firstFrom(entries, afterId);
    if (descending) to = Math.min(to, place);
    else from = Math.max(from, entries[place]?.id === afterId ? place + 1 : place);
  }
  const asked = entries.slice(from, to);
  return descending ? asked.reverse() : asked;
}

/** The place of the first entry whose id is not below `id`. */
function firstFrom(entries: readonly Entry[], id: string): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (byUtf8(entries[middle]?.id ?? "", id) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function pageLength(entries: readonly Entry[], limit: number): number {
  const room = new Room();
  let length = 0;
  while (length < entries.length && length < limit && room.takes(entries[length]?.bytes ?? 0)) length += 1;
  return length;
}
