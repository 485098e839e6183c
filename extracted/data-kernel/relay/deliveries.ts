import type { Logger } from "@oms/chassis/log.ts";
import type { RelayMetrics } from "./metrics.ts";
import type { Parking } from "./parking.ts";
import { entryId } from "./records.ts";
import { type Entry, NotYet, Poison, type Sink, type Source } from "./sink.ts";
import type { Tempo } from "./tempo.ts";

export type DeliveryParts = {
  readonly sink: Sink;
  readonly branch: string;
  readonly tempo: Tempo;
  readonly metrics: RelayMetrics;
  readonly logger: Logger;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Aborted: nothing more is begun. */
  readonly signal: AbortSignal;
};

/** An entry that does not get through, and how often it was tried. */
type Failing = {
  readonly entry: Entry;
  readonly attempts: number;
  readonly error: string;
  readonly sinceMs: number;
};

/**
 * Brings a line's entries to its sink, in order. One that fails holds up the line while the sink may be down; once it
 * has failed often and an entry of another key gets through, the fault is its own, and it parks.
 */
export class Deliveries {
  readonly #parts: DeliveryParts;
  readonly #parking: Parking;
  /** Entries that got through before one that held up the line. */
  readonly #ahead = new Set<string>();
  #failing: Failing | undefined;

  constructor(parts: DeliveryParts, parking: Parking) {
    this.#parts = parts;
    this.#parking = parking;
  }

  get failing(): Failing | undefined {
    return this.#failing;
  }

  /**
   * Delivers or parks `queue` and tells `did` of the last one done, time and again. Answers the first that is not;
   * throws what a sink failed with that knows itself how far it is.
   */
  async take(queue: readonly Entry[], did: (entry: Entry) => void): Promise<Entry | undefined> {
    const { sink, signal } = this.#parts;
    let singlyUntil = 0;
    for (let i = 0; i < queue.length; ) {
      const entry = queue[i] as Entry;
      if (signal.aborted) return entry;
      const batch = this.#batch(queue.slice(i), i < singlyUntil ? 1 : sink.most);
      const failure = await this.#settle(batch, entry);
      if (failure && sink.last && !(failure instanceof Poison)) throw failure;
      const isFirst = batch.length <= 1 || sink.last !== undefined;
      if (failure && !isFirst) singlyUntil = i + batch.length;
      else if (failure && !(await this.#isItsOwn(failure, entry, queue.slice(i + 1)))) return entry;
      else {
        if (failure) await this.#park(entry, failure.message);
        this.#failing = undefined;
        did(failure ? entry : (batch.at(-1) ?? entry));
        i += failure ? 1 : Math.max(1, batch.length);
      }
    }
    return undefined;
  }

  /** One delivery; the error it failed with. */
  async attempt(entries: readonly Entry[], source: Source): Promise<Error | undefined> {
    const { sink, branch, tempo, metrics, signal } = this.#parts;
    try {
      await unless(signal, tempo.deliverMs, sink.deliver(branch, entries, source));
      metrics.delivered.inc({ sink: sink.name }, entries.length);
      return undefined;
    } catch (error) {
      metrics.failed.inc({ sink: sink.name });
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** From the front of `queue`: as many as one delivery takes; none when the first is not to be delivered. */
  #batch(queue: readonly Entry[], most: number): readonly Entry[] {
    const size = this.#failing ? 1 : most;
    const end = queue.slice(0, size).findIndex((entry) => this.#isAside(entry));
    return queue.slice(0, end === -1 ? size : end);
  }

  #isAside(entry: Entry): boolean {
    return this.#ahead.has(this.#id(entry)) || this.#parking.blocks(entry.key);
  }

  async #settle(batch: readonly Entry[], entry: Entry): Promise<Error | undefined> {
    if (batch.length > 0) return this.attempt(batch, "log");
    const { now } = this.#parts;
    if (!this.#ahead.delete(this.#id(entry))) await this.#parking.add(entry, { reason: "", nowMs: now() });
    return undefined;
  }

  /** Whether the fault is the entry's own, rather than the sink's. */
  async #isItsOwn(failure: Error, entry: Entry, rest: readonly Entry[]): Promise<boolean> {
    if (failure instanceof Poison) return true;
    const attempts = this.#count(entry, failure);
    if (failure instanceof NotYet || attempts < this.#parts.tempo.patience) return false;
    const other = rest.find((each) => each.key !== entry.key && !this.#isAside(each));
    if (!other || (await this.attempt([other], "log"))) return false;
    this.#ahead.add(this.#id(other));
    return true;
  }

  #count(entry: Entry, failure: Error): number {
    const { logger, now } = this.#parts;
    const before = this.#failing?.entry.commit.id === entry.commit.id && this.#failing.entry.n === entry.n;
    const { attempts = 0, sinceMs = now() } = before ? (this.#failing ?? {}) : {};
    this.#failing = { entry, attempts: attempts + 1, error: failure.message, sinceMs };
    if (attempts === 0)
      logger.warn({ err: failure, entry: this.#id(entry) }, "a delivery failed and is tried again");
    return attempts + 1;
  }

  async #park(entry: Entry, reason: string): Promise<void> {
    const { now, logger } = this.#parts;
    await this.#parking.add(entry, { reason, nowMs: now() });
    logger.error(
      { entry: this.#id(entry), key: entry.key, reason },
      "an entry is parked until an operator replays it",
    );
  }

  #id({ commit, n }: Entry): string {
    return entryId({ sink: this.#parts.sink.name, branch: this.#parts.branch, sequence: commit.sequence, n });
  }
}

/** What `work` answers, unless that takes longer than `ms` milliseconds or the relay stops first. */
async function unless<R>(stopping: AbortSignal, ms: number, work: Promise<R>): Promise<R> {
  const { promise: given, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new Error("the relay stops"));
  const timer = setTimeout(() => reject(new Error(`did not answer within ${ms} ms`)), ms);
  stopping.addEventListener("abort", stop);
  if (stopping.aborted) stop();
  try {
    return await Promise.race([work, given]);
  } finally {
    clearTimeout(timer);
    stopping.removeEventListener("abort", stop);
  }
}
