import { setTimeout as sleep } from "node:timers/promises";
import { isAnswer, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Logger } from "@oms/chassis/log.ts";
import type { Broker } from "@oms/events/broker/broker.ts";
import pLimit from "p-limit";
import type { Queued } from "./file.ts";
import type { RetryQueue } from "./retry-queue.ts";

/** What the queue is drained into. */
export type JetStream = Pick<Broker, "isUp" | "ready" | "onConnected" | "publish">;

export type DrainSettings = {
  readonly queue: RetryQueue;
  readonly broker: JetStream;
  readonly log: Logger;
  /** Called for every event that JetStream has taken. */
  readonly onStored: () => void;
};

/** Subjects that are drained at a time. */
const ABREAST = 16;
/** Events of a subject under way at a time; a connection carries them in their order. */
const MOST = { events: 64, bytes: 2_000_000 };
const PAUSE_MS = { first: 50, longest: 2000 };

/**
 * Brings what waits to JetStream, subjects abreast and each in its order. After a failure a subject begins again with
 * one event, so that nothing overtakes what JetStream did not answer for.
 */
export class Drain {
  readonly #settings: DrainSettings;
  readonly #stopping = new AbortController();
  readonly #limit = pLimit(ABREAST);
  readonly #subjects = new Map<string, Promise<void>>();
  /** What JetStream has and the disk still holds: not to be published again. */
  readonly #stored = new Set<number>();
  readonly #unlisten: () => void;
  #connected = Promise.withResolvers<void>();

  constructor(settings: DrainSettings) {
    this.#settings = settings;
    this.#unlisten = settings.broker.onConnected(() => {
      this.#connected.resolve();
      this.#connected = Promise.withResolvers();
    });
    // Nothing is connected before somebody asks; whether it is up already does not matter here.
    settings.broker.ready().catch(() => {});
    settings.queue.onQueued((subject) => this.#start(subject));
    for (const subject of settings.queue.subjects) this.#start(subject);
  }

  /** Takes up no event more and waits for those under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#unlisten();
    this.#connected.resolve();
    await Promise.all(this.#subjects.values());
  }

  #start(subject: string): void {
    if (this.#subjects.has(subject) || this.#stopping.signal.aborted) return;
    this.#subjects.set(subject, this.#drain(subject));
  }

  async #drain(subject: string): Promise<void> {
    const { queue, broker, log } = this.#settings;
    let burst = 1;
    let failures = 0;
    while (queue.holds(subject) && !this.#stopping.signal.aborted) {
      if (!broker.isUp) await this.#connected.promise;
      const drained = await this.#limit(() => this.#burst(subject, burst)).catch((error: unknown) => {
        log.error({ err: error, subject }, "the queue could not be drained");
        return false;
      });
      failures = drained ? 0 : failures + 1;
      burst = drained ? Math.min(MOST.events, burst * 2) : 1;
      if (!drained) await this.#pause(failures);
    }
    this.#subjects.delete(subject);
  }

  /** True when the disk holds none of the events any more. */
  async #burst(subject: string, events: number): Promise<boolean> {
    if (this.#stopping.signal.aborted) return true;
    const queued = await this.#settings.queue.head(subject, { ...MOST, events });
    const ends = await Promise.allSettled(queued.map((each) => this.#publish(each)));
    const failed = ends.filter((end) => end.status === "rejected").map(({ reason }) => reason);
    const bug = failed.find((error) => !isAway(error));
    if (bug) throw bug;
    return failed.length === 0;
  }

  async #publish(queued: Queued): Promise<void> {
    const { queue, broker, log, onStored } = this.#settings;
    if (!this.#stored.has(queued.sequence)) {
      try {
        await broker.publish(queued);
      } catch (error) {
        if (!isFinal(error)) throw error;
        log.error({ messageId: queued.messageId, subject: queued.subject, err: error }, "an event is parked");
        return queue.park(queued, error.message);
      }
      this.#stored.add(queued.sequence);
      onStored();
    }
    await queue.remove(queued);
    this.#stored.delete(queued.sequence);
  }

  /** Less by chance, so that subjects do not all come back at once. */
  async #pause(failures: number): Promise<void> {
    const full = Math.min(PAUSE_MS.longest, PAUSE_MS.first * 2 ** Math.min(failures - 1, 10));
    const ms = full * (1 - Math.random() / 2);
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}

/** JetStream, or the way to it, is away for now; the event itself is not at fault. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof ServiceError)) return false;
  return (
    error.code === "UNAVAILABLE" ||
    error.code === "DEADLINE_EXCEEDED" ||
    (error.code === "RESOURCE_EXHAUSTED" && error.violations.length === 0)
  );
}

/** JetStream will say the same of this event whenever it is asked. */
function isFinal(error: unknown): error is ServiceError {
  return error instanceof ServiceError && isAnswer(error);
}
