import { randomUUID } from "node:crypto";
import type { Branch, Store } from "../store/port.ts";
import { isAbsent } from "./absent.ts";
import { type Cursor, cursorName, readCursor, writeCursor } from "./records.ts";
import type { Entry, Sink } from "./sink.ts";

type Point = { readonly sequence: number; readonly n: number };

/** Before any entry of a commit. */
const NONE = -1;

/**
 * How far a sink is on a branch: the durable cursor, always at the end of a commit, and in memory what is done beyond
 * it. Whoever opens it takes it from whoever had it: only the last to open can save.
 */
export class Place {
  readonly #store: Store;
  readonly #name: string;
  readonly #owner: string;
  #cursor: Cursor;
  #saved: Cursor;
  #done: Point;

  private constructor(store: Store, at: { name: string; owner: string; cursor: Cursor; done: Point }) {
    this.#store = store;
    this.#name = at.name;
    this.#owner = at.owner;
    this.#cursor = at.cursor;
    this.#saved = at.cursor;
    this.#done = at.done;
  }

  /**
   * Where the line left off, or the branch's origin when it never began; further when the sink itself knows further.
   * Undefined when another took it at the same time. Throws what the store or the sink throws.
   */
  static async open(store: Store, sink: Sink, branch: Branch): Promise<Place | undefined> {
    const name = cursorName({ sink: sink.name, branch: branch.name });
    const found = await store.readState(name);
    const cursor = found ? readCursor(found.value).cursor : await originOf(store, branch);
    const owner = randomUUID();
    const value = writeCursor(cursor, owner);
    if (!(await store.writeState({ name, value, version: found?.version ?? 0 }))) return undefined;
    const begin = { sequence: cursor.sequence, n: NONE };
    const done = later(begin, await lastOf(store, sink, branch.name));
    return new Place(store, { name, owner, cursor, done });
  }

  get cursor(): Cursor {
    return this.#cursor;
  }

  get isSaved(): boolean {
    return this.#saved === this.#cursor;
  }

  isDone({ commit, n }: Entry): boolean {
    const { sequence } = commit;
    return sequence < this.#done.sequence || (sequence === this.#done.sequence && n <= this.#done.n);
  }

  /** The entry, and all before it, are done. */
  did({ commit, n }: Entry): void {
    this.#done = later(this.#done, { sequence: commit.sequence, n });
  }

  /** All of a commit, and of those before it, is done. */
  reach({ id, sequence }: { readonly id: string; readonly sequence: number }): void {
    this.#cursor = { commit: id, sequence };
  }

  /** False when another has opened the place, or moved it. */
  async save(): Promise<boolean> {
    const cursor = this.#cursor;
    const found = await this.#store.readState(this.#name);
    if (!found || readCursor(found.value).owner !== this.#owner) return false;
    const value = writeCursor(cursor, this.#owner);
    if (!(await this.#store.writeState({ name: this.#name, value, version: found.version }))) return false;
    this.#saved = cursor;
    return true;
  }
}

async function originOf(store: Store, { name, originCommit }: Branch): Promise<Cursor> {
  if (originCommit === "") return { commit: "", sequence: 0 };
  return { commit: originCommit, sequence: await sequenceOf(store, name, originCommit) };
}

/** What the sink had last; undefined when it has no memory, or remembers a commit that a reset took away. */
async function lastOf(store: Store, sink: Sink, branch: string): Promise<Point | undefined> {
  const last = await sink.last?.(branch);
  if (!last) return undefined;
  try {
    return { sequence: await sequenceOf(store, branch, last.commit), n: last.n };
  } catch (error) {
    if (isAbsent(error, "at")) return undefined;
    throw error;
  }
}

async function sequenceOf(store: Store, branch: string, at: string): Promise<number> {
  const page = { beforeSequence: Number.MAX_SAFE_INTEGER, limit: 1 };
  const { commits } = await store.log({ branch, at, ...page });
  return commits[0]?.sequence ?? 0;
}

function later(a: Point, b: Point | undefined): Point {
  if (!b || b.sequence < a.sequence) return a;
  return b.sequence > a.sequence || b.n > a.n ? b : a;
}
