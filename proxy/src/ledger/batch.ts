import type { Builds } from "../model/side.ts";
import { type Increment, knownField } from "./fields.ts";
import { SAMPLES_KEPT } from "./keys.ts";
import type { Sample } from "./tally.ts";

/** Where something is counted: a capability and the builds that answered. */
export type Book = {
  readonly capability: string;
  readonly builds: Builds;
  /** Keyed by name, all there are: the ledger tells also of those that are never called. */
  readonly methods?: Readonly<Record<string, unknown>>;
};

type Page = { readonly book: Book; readonly counters: Map<string, number>; readonly samples: Sample[] };

/** What was counted since the last flush: counters, so its size does not grow with the calls. */
export class Batch {
  /** Numbers the batches of one process, so that none is added to the ledger twice. */
  readonly id: number;
  readonly #pages = new Map<string, Page>();
  /** Where the last call was counted: builds change rarely, and a name for them is slow to make. */
  #open: Page | undefined;

  constructor(id: number) {
    this.id = id;
  }

  get empty(): boolean {
    return this.#pages.size === 0;
  }

  pages(): Page[] {
    return [...this.#pages.values()];
  }

  count(book: Book, increments: Iterable<Increment>): void {
    const { counters } = this.#page(book);
    for (const [field, by] of increments) counters.set(field, (counters.get(field) ?? 0) + by);
  }

  /** The newest samples win. */
  sample(book: Book, sample: Sample): void {
    const { samples } = this.#page(book);
    samples.push(sample);
    if (samples.length > SAMPLES_KEPT) samples.shift();
  }

  #page(book: Book): Page {
    if (this.#open && isSame(this.#open.book, book)) return this.#open;
    const name = JSON.stringify([book.capability, book.builds.inProcess, book.builds.extracted]);
    const page = this.#pages.get(name) ?? pageOf(book);
    this.#pages.set(name, page);
    this.#open = page;
    return page;
  }
}

function pageOf(book: Book): Page {
  const known = Object.keys(book.methods ?? {}).map((method) => [knownField(method), 0] as const);
  return { book, counters: new Map(known), samples: [] };
}

function isSame(a: Book, b: Book): boolean {
  return (
    a.capability === b.capability &&
    a.builds.inProcess === b.builds.inProcess &&
    a.builds.extracted === b.builds.extracted
  );
}
