import type { Delivery } from "@oms/events/delivery.ts";
import { identityOf } from "@oms/events/event.ts";
import type { DeliveryLog } from "./delivery-log.ts";

/** Of the log, what is looked through for events that an earlier gateway had. */
const LOOKED_AT = 1000;

/** How often each event that is not through has been tried for one endpoint. */
export class Attempts {
  readonly #counts = new Map<string, number>();
  readonly #log: DeliveryLog;
  readonly #id: string;
  #read: Promise<void> | undefined;

  constructor(log: DeliveryLog, id: string) {
    this.#log = log;
    this.#id = id;
  }

  /** One that another gateway had before, or this one in an earlier life, goes on from what the log has of it. */
  async of({ attempt, sequence, event }: Delivery): Promise<number> {
    const key = keyOf(sequence, event);
    if (attempt > 1 && !this.#counts.has(key)) {
      this.#read ??= this.#look();
      await this.#read;
    }
    return this.#counts.get(key) ?? 0;
  }

  set({ sequence, event }: Delivery, count: number): void {
    this.#counts.set(keyOf(sequence, event), count);
  }

  forget({ sequence, event }: Delivery): void {
    this.#counts.delete(keyOf(sequence, event));
  }

  /** Without the log they are counted anew. */
  async #look(): Promise<void> {
    const { deliveries } = await this.#log.page(this.#id, LOOKED_AT).catch(() => ({ deliveries: [] }));
    for (const { sequence, eventSource, eventId, attempt, outcome } of deliveries) {
      const key = keyOf(sequence, { source: eventSource, id: eventId });
      if (outcome === "retried" && !this.#counts.has(key)) this.#counts.set(key, attempt);
    }
  }
}

/** What is replayed to an endpoint alone has sequences of its own. */
function keyOf(sequence: number, event: Parameters<typeof identityOf>[0]): string {
  return `${sequence} ${identityOf(event)}`;
}
