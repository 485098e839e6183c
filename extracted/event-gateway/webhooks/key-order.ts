import type { Delivery } from "@oms/events/delivery.ts";

type Waiting = { readonly sequence: number; readonly go: () => void };

/** Events of one key are about one thing. */
function keyOf({ event }: Pick<Delivery, "event">): string {
  return event.partitionkey ?? event.subject ?? event.source;
}

/**
 * Does what is to be done about events of one key one after the other. Closed at first: what an earlier binder had
 * comes again behind what is new, and all of it waits here until it is opened, in the stream's order.
 */
export class KeyOrder {
  readonly #last = new Map<string, Promise<unknown>>();
  #waiting: Waiting[] | undefined = [];

  /** How many wait for it to be opened. */
  get waiting(): number {
    return this.#waiting?.length ?? 0;
  }

  open(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const { go } of waiting.sort((a, b) => a.sequence - b.sequence)) go();
  }

  async run<R>(delivery: Delivery, work: () => Promise<R>): Promise<R> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#waiting) this.#waiting.push({ sequence: delivery.sequence, go: resolve });
    else resolve();
    await promise;
    return this.#chain(keyOf(delivery), work);
  }

  async #chain<R>(key: string, work: () => Promise<R>): Promise<R> {
    const own = (this.#last.get(key) ?? Promise.resolve()).then(work);
    const settled = own.catch(() => undefined);
    this.#last.set(key, settled);
    try {
      return await own;
    } finally {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    }
  }
}
