import { LRUCache } from "lru-cache";
import { BEGINNING } from "../../limits.ts";
import { documentBytes, Room } from "../../room.ts";
import type { Difference, DiffReply, DiffRequest, Document } from "../port.ts";
import { byUtf8 } from "../utf8.ts";
import { knownAt, whole } from "./contents.ts";
import type { Database } from "./database.ts";
import { type Moment, momentOf } from "./moment.ts";
import { type Known, readTouched, touchedAt } from "./records.ts";
import { sharedPosition } from "./shared.ts";

/** Documents read at a time on either side. */
const BATCH = 100;
const MAX_CACHED_IDS = 1_000_000;

/**
 * Pages of one diff ask the same question again: which documents were touched on either side since the moments
 * parted. The answer is of two of the server's commits, so it stays true.
 */
export class Differ {
  readonly #database: Database;
  readonly #touched = new LRUCache<string, readonly string[]>({
    maxSize: MAX_CACHED_IDS,
    sizeCalculation: (ids) => ids.length + 1,
  });

  constructor(database: Database) {
    this.#database = database;
  }

  /** What the commits' own records say, not the server's diff: that one compares our books along with the documents. */
  async diff(request: DiffRequest): Promise<DiffReply> {
    const from = await momentOf(this.#database, request.from, { branch: "from.branch", at: "from.at" });
    const to = await momentOf(this.#database, request.to, { branch: "to.branch", at: "to.at" });
    const compared = { from: from.id || BEGINNING, to: to.id || BEGINNING };
    const ids = (await this.#touchedIds(from, to)).filter((id) => byUtf8(id, request.afterId) > 0);
    const differences: Difference[] = [];
    const room = new Room();
    for await (const difference of this.#among(ids, from, to)) {
      const { before, after } = difference;
      const bytes = (before ? documentBytes(before) : 0) + (after ? documentBytes(after) : 0);
      const full = differences.length === request.limit || !room.takes(bytes);
      if (full) return { differences, more: true, ...compared };
      differences.push(difference);
    }
    return { differences, more: false, ...compared };
  }

  async *#among(ids: readonly string[], from: Moment, to: Moment): AsyncGenerator<Difference> {
    for (let start = 0; start < ids.length; start += BATCH) {
      const some = ids.slice(start, start + BATCH);
      const [before, after] = await Promise.all([
        knownAt(this.#database, from.store, some),
        knownAt(this.#database, to.store, some),
      ]);
      for (const id of some) {
        const [was, is] = [before.get(id), after.get(id)];
        if (was?.revision === is?.revision) continue;
        const difference = { id, before: await this.#whole(from, was), after: await this.#whole(to, is) };
        if (!same(difference.before, difference.after)) yield difference;
      }
    }
  }

  /** Costs a request only where the body is kept apart, so no more than a page of bodies is ever in memory. */
  async #whole({ store = "" }: Moment, known: Known | undefined): Promise<Document | undefined> {
    return known && (await whole(this.#database, store, [known]))[0];
  }

  async #touchedIds(from: Moment, to: Moment): Promise<readonly string[]> {
    const key = `${from.store} ${to.store}`;
    const known = this.#touched.get(key);
    if (known) return known;
    const shared = await sharedPosition(this.#database, from, to);
    const ids = new Set<string>();
    for (const { store, position } of [from, to]) {
      for (const id of await this.#idsBetween(store, shared, position)) ids.add(id);
    }
    const sorted = [...ids].sort(byUtf8);
    this.#touched.set(key, sorted);
    return sorted;
  }

  async #idsBetween(store: string | undefined, after: number, upTo: number): Promise<string[]> {
    if (store === undefined || upTo <= after) return [];
    const wanted = Array.from({ length: upTo - after }, (_, n) => touchedAt(after + 1 + n));
    const { documents } = await this.#database.read(`commit/${store}`, wanted);
    return wanted.flatMap((id) => {
      const { created, updated, deleted } = readTouched(documents.get(id));
      return [...created, ...updated, ...deleted];
    });
  }
}

/** A document written again as it was is no difference. */
function same(before: Document | undefined, after: Document | undefined): boolean {
  return before?.type === after?.type && before?.body === after?.body;
}
