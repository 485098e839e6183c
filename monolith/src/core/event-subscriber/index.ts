import type { Logger } from "@oms/chassis/log.ts";
import { WatchedDocuments } from "@oms/events/documents.ts";
import { SUBSCRIBER } from "@oms/events/names.ts";
import { type Subscriber, subscriber } from "@oms/events/subscriber.ts";
import { ensureSubscriber } from "@oms/events/subscribers.ts";
import type { Registry } from "prom-client";
import { unattended } from "../../unattended.ts";
import { Bindings, type Taking } from "./bindings.ts";
import { handleWith } from "./handle.ts";
import { AUDITED, auditHandler } from "./handlers/audit.ts";
import { CACHES, Caches, type Memory } from "./handlers/caches.ts";
import { type IndexAt, searchHandler } from "./handlers/search.ts";
import { SubscriberMetrics } from "./metrics.ts";
import { Sides, type SidesOptions } from "./sides.ts";

export type EventSubscribersParts = SidesOptions & {
  readonly index: IndexAt;
  readonly memory: Memory;
  readonly log: Logger;
  readonly registry: Registry;
  /** How often it looks at the documents, in milliseconds; absent: 1000. */
  readonly pollMs?: number;
};

const POLL_MS = 1000;

/**
 * What OMS does about events while it runs. Each subscriber is registered where it is not, and its events come from the
 * side that its document names. What is away is waited for, and nothing of it keeps OMS from answering.
 */
export class EventSubscribers {
  readonly #parts: EventSubscribersParts;
  readonly #own: readonly Subscriber[];
  readonly #sides: Sides;
  readonly #bindings: Bindings;
  readonly #documents: WatchedDocuments<Subscriber>;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #registered: boolean = false;
  #stopped: boolean = false;

  constructor(parts: EventSubscribersParts) {
    this.#parts = parts;
    const { kernel, env, log, memory, registry } = parts;
    const metrics = new SubscriberMetrics(registry);
    const handlers = [
      ...AUDITED.map((domain) => auditHandler(kernel, env, domain)),
      searchHandler(env, parts.index),
    ];
    const caches = new Caches(env, memory);
    const ready = () => kernel.ready();
    this.#own = [...handlers.map(({ subscriber }) => subscriber), CACHES];
    this.#sides = new Sides(parts);
    this.#bindings = new Bindings({
      transport: (side) => this.#sides.transport(side),
      taking: new Map<string, Taking>([
        ...handlers.map((handler) => {
          const handle = handleWith(handler, { ready, metrics, log });
          return [handler.subscriber.name, { handle }] as const;
        }),
        [CACHES.name, { follow: () => caches.follow() }],
      ]),
      bound: (subscriber, side) => metrics.bound(subscriber, side),
      log,
    });
    this.#documents = new WatchedDocuments({
      kernel,
      env,
      type: SUBSCRIBER,
      log,
      pollMs: parts.pollMs ?? POLL_MS,
    });
  }

  begin(): void {
    this.#again(0);
  }

  /** What is under way is given back, to whoever binds next. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
    await this.#documents.close();
    await this.#bindings.stop();
    await this.#sides.close();
  }

  #again(afterMs: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#look().finally(() => this.#again(this.#parts.pollMs ?? POLL_MS));
    }, afterMs).unref();
  }

  /** By the time it is called again, what could not be done now is tried again. */
  async #look(): Promise<void> {
    try {
      await unattended("main", () => this.#register());
    } catch (err) {
      this.#parts.log.warn({ err }, "subscribers could not be registered; it will be tried again");
    }
    await this.#bindings.apply(this.#valid());
  }

  async #register(): Promise<void> {
    if (this.#registered) return;
    const { kernel, env } = this.#parts;
    for (const subscriber of this.#own) await ensureSubscriber(kernel, env, subscriber);
    await this.#documents.refresh();
    this.#registered = true;
  }

  /** A document may have been written by anybody: what is no subscriber is bound to nobody. */
  #valid(): Subscriber[] {
    return Array.from(this.#documents.documents.values()).flatMap(({ id, body }) => {
      const parsed = subscriber.safeParse(body);
      if (!parsed.success) this.#parts.log.warn({ id, err: parsed.error }, "this is no subscriber");
      return parsed.success ? [parsed.data] : [];
    });
  }
}
