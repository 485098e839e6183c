import { DatabaseSync, type StatementSync } from "node:sqlite";
import { isWhole, normal } from "./trigram.ts";

/** Texts by number, in an FTS5 table in memory that proposes which of them may contain a gram. */
export class TrigramTable {
  readonly #database = new DatabaseSync(":memory:");
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #match: StatementSync;
  readonly #like: StatementSync;

  constructor() {
    this.#database.exec(
      "CREATE VIRTUAL TABLE texts USING fts5(text, tokenize = 'trigram case_sensitive 1', detail = none)",
    );
    this.#insert = this.#database.prepare("INSERT INTO texts (rowid, text) VALUES (?, ?)");
    this.#delete = this.#database.prepare("DELETE FROM texts WHERE rowid = ?");
    this.#match = this.#database.prepare("SELECT rowid FROM texts WHERE texts MATCH ?");
    this.#like = this.#database.prepare("SELECT rowid FROM texts WHERE text LIKE ? ESCAPE '\\'");
  }

  add(number: number, text: string): void {
    this.#insert.run(number, normal(text));
  }

  remove(number: number): void {
    this.#delete.run(number);
  }

  clear(): void {
    this.#database.exec("DELETE FROM texts");
  }

  /** Numbers of the texts that contain at least one of the grams; may name a few that do not. */
  candidates(grams: readonly string[]): Set<number> {
    const whole = grams.filter(isWhole).map((gram) => `"${gram.replaceAll('"', '""')}"`);
    const rows = whole.length > 0 ? this.#match.all(whole.join(" OR ")) : [];
    for (const gram of grams) {
      if (!isWhole(gram)) rows.push(...this.#like.all(`%${gram.replaceAll(/[\\%_]/g, "\\$&")}%`));
    }
    return new Set(rows.map(({ rowid }) => Number(rowid)));
  }

  close(): void {
    this.#database.close();
  }
}
