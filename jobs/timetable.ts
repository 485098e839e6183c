import TinyQueue from "tinyqueue";

type Entry = { readonly id: string; readonly atMs: number };

/** When jobs are due, the earliest at hand however many there are. */
export class Timetable {
  readonly #times = new Map<string, number>();
  /** Also holds entries that no longer count. */
  #queue = emptyQueue();

  /** Undefined: never. */
  set(id: string, atMs: number | undefined): void {
    if (this.#times.get(id) === atMs) return;
    if (atMs === undefined) this.#times.delete(id);
    else {
      this.#times.set(id, atMs);
      this.#queue.push({ id, atMs });
    }
  }

  clear(): void {
    this.#times.clear();
    this.#queue = emptyQueue();
  }

  /** The earliest time; undefined where nothing is due ever. */
  nextMs(): number | undefined {
    for (let entry = this.#queue.peek(); entry; entry = this.#queue.peek()) {
      if (this.#times.get(entry.id) === entry.atMs) return entry.atMs;
      this.#queue.pop();
    }
    return undefined;
  }

  /** Takes out what is due by then. */
  takeUntil(nowMs: number): string[] {
    const ids: string[] = [];
    for (let atMs = this.nextMs(); atMs !== undefined && atMs <= nowMs; atMs = this.nextMs()) {
      const entry = this.#queue.pop();
      if (!entry) break;
      this.#times.delete(entry.id);
      ids.push(entry.id);
    }
    return ids;
  }
}

function emptyQueue(): TinyQueue<Entry> {
  return new TinyQueue<Entry>([], (a, b) => a.atMs - b.atMs);
}
