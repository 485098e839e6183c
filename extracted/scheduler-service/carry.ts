import type { Queue } from "bullmq";
import { type Cargo, type Carried, queueJob, queueJobId } from "./queue.ts";

/** An execution that waits: what the queue would say of it, and whether it may begin now. */
export type Waiting = Cargo & { readonly ready: boolean };

type CarrierParts = {
  readonly queue: Queue<Carried>;
  /** Every waiting execution of the jobs this side owns, as far as it is known here. */
  readonly waiting: () => Iterable<Waiting>;
  /** Resolves when all that was committed before is known here. */
  readonly refresh: () => Promise<void>;
};

/** Redis takes them in one go. */
const MOST_AT_ONCE = 1000;
const WAITING_IN_QUEUE = ["wait", "prioritized", "delayed"] as const;

/**
 * Keeps the queue what the branch says: what may begin is in it, what waits no more is not. Its methods reject while
 * Redis is away, and lose nothing: the next call does what was left.
 */
export class Carrier {
  readonly #parts: CarrierParts;
  /** Ids this instance has added, or has seen in the queue. */
  #known = new Set<string>();

  constructor(parts: CarrierParts) {
    this.#parts = parts;
  }

  /** Adds what may begin and has not been added. Answers how many. */
  add(): Promise<number> {
    return this.carry([...this.#parts.waiting()].filter(({ ready }) => ready));
  }

  /** Adds those of `cargo` that have not been added. Answers how many. */
  async carry(cargo: readonly Cargo[]): Promise<number> {
    const missing = cargo.filter((each) => !this.#known.has(queueJobId(each)));
    for (let from = 0; from < missing.length; from += MOST_AT_ONCE) {
      const some = missing.slice(from, from + MOST_AT_ONCE);
      await this.#parts.queue.addBulk(some.map(queueJob));
      for (const each of some) this.#known.add(queueJobId(each));
    }
    return missing.length;
  }

  /** Compares with what really is in the queue, which may have been emptied or never have heard of an end. */
  async reconcile(): Promise<{ readonly added: number; readonly removed: number }> {
    const { queue, refresh } = this.#parts;
    const [waits, active] = await Promise.all([
      queue.getRanges([...WAITING_IN_QUEUE], 0, -1),
      queue.getRanges(["active"], 0, -1),
    ]);
    // Added after its commit: whatever is in the queue now, the branch says of it after this.
    await refresh();
    this.#known = new Set([...waits, ...active]);
    const wanted = new Set([...this.#parts.waiting()].map(queueJobId));
    const orphans = waits.filter((id) => !wanted.has(id));
    for (const id of orphans) await queue.remove(id);
    return { added: await this.add(), removed: orphans.length };
  }
}
