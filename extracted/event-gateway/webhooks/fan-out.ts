import { setTimeout as delay } from "node:timers/promises";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import type { Logger } from "@oms/chassis/log.ts";
import type { Kernel } from "@oms/data-kernel/client.ts";
import type { Broker } from "@oms/events/broker/broker.ts";
import { sweepConsumers } from "@oms/events/broker/sweep.ts";
import { type EventDocuments, WatchedDocuments } from "@oms/events/documents.ts";
import { WEBHOOK } from "@oms/events/names.ts";
import { Endpoint, type EndpointOptions } from "./endpoint.ts";
import { Lease } from "./lease.ts";
import type { BreakerState } from "./port.ts";
import { consumerOf, type StoredWebhook } from "./stored.ts";

export type FanOutOptions = Omit<EndpointOptions, "webhook" | "gaveUp"> & {
  readonly broker: Broker;
  readonly kernel: Kernel;
  readonly documents: EventDocuments<StoredWebhook>;
  readonly logger: Logger;
};

type Running = { readonly revision: string; readonly endpoint: Endpoint };
/** Of those that are not closed. */
export type Breakers = Readonly<Record<string, BreakerState>>;

const BEAT_MS = 2000;
const RETRY_MS = 500;

/**
 * Sends to every endpoint that is not paused, in one gateway at a time: who has the lease. The others wait for it. What
 * endpoints there are is followed; an endpoint that has changed is bound anew.
 */
export class FanOut {
  readonly #options: FanOutOptions;
  readonly #lease: Lease;
  readonly #watched: WatchedDocuments<StoredWebhook>;
  readonly #running = new Map<string, Running>();
  readonly #closing = new AbortController();
  readonly #beating: Promise<void>;
  #isOnDuty: boolean = false;
  #settling: Promise<void> | undefined;
  #isStale: boolean = false;
  /** Of the endpoints there were at the last look. */
  #consumers: ReadonlySet<string> = new Set();
  #isUnswept: boolean = false;

  constructor(options: FanOutOptions) {
    this.#options = options;
    const { broker, kernel, env, logger } = options;
    this.#lease = new Lease({ broker, env, duty: "webhooks" });
    const changed = () => void this.#settle();
    this.#watched = new WatchedDocuments({ kernel, env, type: WEBHOOK, log: logger, changed });
    this.#beating = this.#beat();
  }

  /** Those that this gateway sends to: their consumers, and their breakers. */
  get endpoints() {
    return [...this.#running].map(([id, { endpoint }]) => ({
      id,
      breaker: endpoint.breaker,
      ...consumerOf(endpoint.webhook),
    }));
  }

  /** Of those that are not closed, whichever gateway sends to them; of none while that cannot be told. */
  async breakers(): Promise<Breakers> {
    if (this.#isOnDuty) return this.#opened();
    return ((await this.#lease.note().catch(() => undefined)) ?? {}) as Breakers;
  }

  /** Looks now for what has changed; that the kernel is away it finds out by itself. */
  look(): void {
    this.#watched.refresh().catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#watched.close();
    await this.#beating;
    await this.#settle();
    await this.#lease.release().catch(() => undefined);
  }

  async #beat(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      let pauseMs = BEAT_MS;
      const isHeld = await this.#lease.hold(this.#opened()).catch(() => {
        pauseMs = RETRY_MS;
        // NATS is away: what is held is held until it runs out.
        return this.#lease.isHeld;
      });
      if (isHeld !== this.#isOnDuty) await this.#change(isHeld);
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
    this.#isOnDuty = false;
  }

  async #change(isOnDuty: boolean): Promise<void> {
    const said = isOnDuty ? "this gateway sends to webhooks now" : "this gateway sends to webhooks no longer";
    this.#options.logger.info(said);
    this.#isOnDuty = isOnDuty;
    this.#isUnswept = isOnDuty;
    await this.#settle();
  }

  #opened(): Breakers {
    const opened = this.endpoints.filter(({ breaker }) => breaker !== "closed");
    return Object.fromEntries(opened.map(({ id, breaker }) => [id, breaker]));
  }

  /** Brings what runs in step with what is to run; once more when that has changed meanwhile. */
  #settle(): Promise<void> {
    this.#isStale = true;
    this.#settling ??= this.#settleAll().finally(() => {
      this.#settling = undefined;
    });
    return this.#settling;
  }

  async #settleAll(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      const { documents } = this.#watched;
      await Promise.all(
        [...new Set([...this.#running.keys(), ...documents.keys()])].map((id) => this.#bring(id)),
      );
      const consumers = new Set([...documents.values()].map(({ body }) => consumerOf(body).durable));
      if ([...this.#consumers].some((name) => !consumers.has(name))) this.#isUnswept = true;
      this.#consumers = consumers;
      if (this.#isOnDuty && this.#isUnswept) await this.#sweep();
    }
  }

  /** Nobody's are the consumers of endpoints that are no more, or were replayed, by whichever gateway sent to them. */
  async #sweep(): Promise<void> {
    const { broker, env } = this.#options;
    try {
      await this.#watched.refresh();
      const bodies = [...this.#watched.documents.values()].map(({ body }) => consumerOf(body));
      const named = new Set(
        bodies.flatMap(({ name, durable }) => [`${env}-${durable}`, `${env}-${name}-replay`]),
      );
      await sweepConsumers(broker, (name) => name.startsWith(`${env}-webhook-`) && !named.has(name));
      this.#isUnswept = false;
    } catch (err) {
      this.#options.logger.warn({ err }, "consumers of webhooks that are no more could not be swept away");
    }
  }

  async #bring(id: string): Promise<void> {
    const document = this.#watched.documents.get(id);
    const wanted = this.#isOnDuty && document && !document.body.paused ? document : undefined;
    const running = this.#running.get(id);
    if (running && running.revision !== wanted?.revision) {
      await running.endpoint.stop();
      this.#running.delete(id);
    }
    if (!document) this.#options.metrics.forget(id);
    if (!wanted || this.#running.has(id)) return;
    const gaveUp = (because: string) => void this.#pause(wanted.body, wanted.revision, because);
    const endpoint = new Endpoint({ ...this.#options, webhook: wanted.body, gaveUp });
    this.#running.set(id, { revision: wanted.revision, endpoint });
  }

  /** Until it is written down, or the endpoint has been changed meanwhile. */
  async #pause(webhook: StoredWebhook, revision: string, pausedBecause: string): Promise<void> {
    const { documents, logger } = this.#options;
    const { signal } = this.#closing;
    logger.warn({ webhook: webhook.id, because: pausedBecause }, "a webhook is paused");
    const context = () => newContext({ author: "event-gateway@oms" });
    while (!signal.aborted && this.#watched.documents.get(webhook.id)?.revision === revision) {
      const paused = { ...webhook, paused: true, pausedBecause };
      await runInContext(context(), () => documents.put(webhook.id, paused, revision)).catch(() => undefined);
      this.look();
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
