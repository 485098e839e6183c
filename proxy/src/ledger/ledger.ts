import { Batch, type Book } from "./batch.ts";
import type { Entry } from "./entry.ts";
import { breakerField, incrementsOf, passedField } from "./fields.ts";
import type { Sample } from "./tally.ts";
import type { WriteBatch } from "./writer.ts";

/** Different reasons for lost coverage told apart; comparators name reasons, and names must not grow for ever. */
const REASONS_KEPT = 64;

/** Calls that stage in-process passed through; the dispatcher raises it without calling anything. */
export type Passed = { calls: number };

/**
 * Counts in memory and hands over what it counted when asked to flush. It never makes a caller wait. A process
 * that is killed takes with it what it counted since its last flush.
 */
export class Ledger {
  #counting = new Batch(1);
  #sending: Batch | undefined;
  #flushing: Promise<void> | undefined;
  readonly #passed: { book: () => Book; method: string; passed: Passed }[] = [];
  readonly #reasons = new Set<string>();

  /** A counter of its own for a method, read at every flush under the builds of that moment. */
  passed(book: () => Book, method: string): Passed {
    const passed = { calls: 0 };
    this.#passed.push({ book, method, passed });
    return passed;
  }

  /** Whether something counted is not yet handed over. */
  get pending(): boolean {
    return (
      this.#sending !== undefined ||
      !this.#counting.empty ||
      this.#passed.some(({ passed }) => passed.calls > 0)
    );
  }

  record(book: Book, entry: Entry): void {
    this.#counting.count(book, incrementsOf(this.#withKnownReason(entry)));
  }

  sample(book: Book, sample: Sample): void {
    this.#counting.sample(book, sample);
  }

  breaker(book: Book, method: string, event: "opened" | "closed"): void {
    this.#counting.count(book, [[breakerField(method, event), 1]]);
  }

  /** Rejects as `write` does; nothing is lost by it, and the next flush goes on with the same batch. */
  flush(write: WriteBatch): Promise<void> {
    this.#flushing ??= this.#send(write).finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  async #send(write: WriteBatch): Promise<void> {
    this.#collectPassed();
    if (!this.#sending && !this.#counting.empty) {
      this.#sending = this.#counting;
      this.#counting = new Batch(this.#sending.id + 1);
    }
    if (!this.#sending) return;
    await write(this.#sending);
    this.#sending = undefined;
  }

  #collectPassed(): void {
    for (const { book, method, passed } of this.#passed) {
      if (passed.calls === 0) continue;
      this.#counting.count(book(), [[passedField(method), passed.calls]]);
      passed.calls = 0;
    }
  }

  #withKnownReason(entry: Entry): Entry {
    if (entry.result?.outcome !== "lost") return entry;
    const { reason } = entry.result;
    if (this.#reasons.size < REASONS_KEPT) this.#reasons.add(reason);
    if (this.#reasons.has(reason)) return entry;
    return { ...entry, result: { ...entry.result, reason: "other reasons" } };
  }
}
