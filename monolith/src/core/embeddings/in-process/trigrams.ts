import { DatabaseSync, type StatementSync } from "node:sqlite";

const GRAM = 3;
const MOST_GRAMS = 64;

/** Texts are compared in this form; SQLite would end a text at a NUL. */
const normal = (text: string) => text.normalize("NFKC").toLowerCase().replaceAll("\0", " ");

/** The distinct windows of up to three characters in each word; a two-syllable Korean word is one of them. */
export function gramsOf(query: string): string[] {
  const words = normal(query)
    .split(/\s+/u)
    .filter((word) => word !== "");
  return [...new Set(words.flatMap(windowsOf))].slice(0, MOST_GRAMS);
}

function windowsOf(word: string): string[] {
  const characters = [...word];
  const size = Math.min(GRAM, characters.length);
  return Array.from({ length: characters.length - size + 1 }, (_, start) =>
    characters.slice(start, start + size).join(""),
  );
}

/** The share of `grams` found in `text`, 0 to 1. */
export function shareOf(grams: readonly string[], text: string): number {
  const searched = normal(text);
  return grams.filter((gram) => searched.includes(gram)).length / grams.length;
}

/** An FTS5 index in memory: it proposes rows that may hold one of the grams; `shareOf` decides. */
export class TrigramIndex {
  readonly #database = new DatabaseSync(":memory:");
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #match: StatementSync;
  readonly #contains: StatementSync;

  constructor() {
    this.#database.exec("CREATE VIRTUAL TABLE texts USING fts5(text, tokenize = 'trigram case_sensitive 1')");
    this.#insert = this.#database.prepare("INSERT INTO texts(rowid, text) VALUES (?, ?)");
    this.#delete = this.#database.prepare("DELETE FROM texts WHERE rowid = ?");
    this.#match = this.#database.prepare("SELECT rowid FROM texts WHERE texts MATCH ?");
    this.#contains = this.#database.prepare("SELECT rowid FROM texts WHERE instr(text, ?) > 0");
  }

  add(row: number, text: string): void {
    this.#insert.run(row, normal(text));
  }

  remove(row: number): void {
    this.#delete.run(row);
  }

  clear(): void {
    this.#database.exec("DELETE FROM texts");
  }

  /** Rows whose text may hold one of the grams. */
  candidates(grams: readonly string[]): Set<number> {
    const found = new Set<number>();
    const collect = (rows: Record<string, unknown>[]) => {
      for (const { rowid } of rows) found.add(Number(rowid));
    };
    // FTS5 knows no gram under three characters: those are looked for in every text.
    const indexed = grams.filter((gram) => [...gram].length === GRAM);
    if (indexed.length > 0)
      collect(this.#match.all(indexed.map((gram) => `"${gram.replaceAll('"', '""')}"`).join(" OR ")));
    for (const gram of grams) if (!indexed.includes(gram)) collect(this.#contains.all(gram));
    return found;
  }
}
