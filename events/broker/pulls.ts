import { setTimeout as delay } from "node:timers/promises";
import { createInbox, type Msg, type Subscription } from "@nats-io/transport-node";
import { Brought } from "./brought.ts";
import type { Connected } from "./connection.ts";

export type PullsOptions = {
  readonly stream: string;
  readonly name: string;
  /** Messages that may be unsettled at a time. */
  readonly credit: number;
  /** Resolves when the message is settled, or to be counted so; never rejects. */
  readonly take: (message: Brought) => Promise<void>;
};

/** How long the server keeps a request; one that was lost with a server is asked again after it. */
const EXPIRES_MS = 5000;
const MS_NS = 1e6;
/** A request's answers come within it, and a little. */
const LATE_MS = 2000;
const DRAIN_MS = 1000;

/**
 * Asks a consumer for as many messages as may come, and no more. The library's own readers ask ahead of what is
 * settled, and drop what is under way when they are closed, which then waits for its redelivery.
 */
export class Pulls {
  readonly #connected: Connected;
  readonly #options: PullsOptions;
  readonly #inbox = createInbox();
  readonly #subscription: Subscription;
  readonly #lost = Promise.withResolvers<void>();
  /** By the number of their request: messages that were asked for and may still come. */
  readonly #asked = new Map<number, { left: number; timer: NodeJS.Timeout }>();
  readonly #unsettled = new Set<Promise<void>>();
  #requests = 0;
  #isStopped: boolean = false;

  constructor(connected: Connected, options: PullsOptions) {
    this.#connected = connected;
    this.#options = options;
    this.#subscription = connected.connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error) this.#lost.resolve();
        else this.#receive(message);
      },
    });
    this.#fill();
  }

  /** Resolves when nothing comes from this consumer any more: it is gone, or its server. */
  get lost(): Promise<void> {
    return this.#lost.promise;
  }

  /** Asks for nothing more; what comes meanwhile is given back. Resolves when all that came is settled. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const { timer } of this.#asked.values()) clearTimeout(timer);
    this.#asked.clear();
    // A server that is away has forgotten the requests, and ends no draining.
    const drained = this.#subscription.drain().catch(() => undefined);
    await Promise.race([drained, delay(DRAIN_MS, undefined, { ref: false })]);
    await Promise.all(this.#unsettled);
  }

  #fill(): void {
    if (this.#isStopped) return;
    let coming = 0;
    for (const { left } of this.#asked.values()) coming += left;
    const free = this.#options.credit - this.#unsettled.size - coming;
    // Few at a time would be a request for each message.
    if (free < 1 || (coming > 0 && free < this.#options.credit / 2)) return;
    this.#request(free);
  }

  #request(batch: number): void {
    const { connection } = this.#connected;
    const { stream, name } = this.#options;
    this.#requests += 1;
    const request = this.#requests;
    const timer = setTimeout(() => this.#end(request), EXPIRES_MS + LATE_MS);
    this.#asked.set(request, { left: batch, timer });
    const asked = JSON.stringify({ batch, expires: EXPIRES_MS * MS_NS });
    try {
      connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`, asked, {
        reply: `${this.#inbox}.${request}`,
      });
    } catch {
      this.#lost.resolve();
    }
  }

  #receive(message: Msg): void {
    if (isStatus(message)) {
      const { code = 0, description = "" } = message.headers ?? {};
      // 404 and 408: nothing came in time. 409: it is full, or deleted. 503: nobody knows the consumer.
      if (code === 503 || (code === 409 && /deleted/i.test(description))) this.#lost.resolve();
      if (code >= 400) this.#end(Number(message.subject.slice(this.#inbox.length + 1)), code === 409);
      return;
    }
    const brought = new Brought(message);
    if (this.#isStopped) {
      brought.again();
      return;
    }
    const settled: Promise<void> = this.#options.take(brought).finally(() => {
      this.#unsettled.delete(settled);
      this.#fill();
    });
    this.#unsettled.add(settled);
    this.#count();
    this.#fill();
  }

  /** Messages come in the order of their requests. */
  #count(): void {
    for (const [request, each] of this.#asked) {
      each.left -= 1;
      if (each.left <= 0) this.#end(request);
      return;
    }
  }

  #end(request: number, isPaused = false): void {
    const asked = this.#asked.get(request);
    if (!asked) return;
    clearTimeout(asked.timer);
    this.#asked.delete(request);
    if (!isPaused) this.#fill();
    else setTimeout(() => this.#fill(), 250).unref();
  }
}

/** Of a message that JetStream delivers the subject is the event's own. */
function isStatus({ headers, data }: Msg): boolean {
  return data.length === 0 && headers !== undefined && headers.code > 0;
}
