import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Logger } from "@oms/chassis/log.ts";
import type { Stored } from "@oms/events/broker/broker.ts";
import type { Envelope } from "@oms/events/envelope.ts";
import type { Receipt } from "@oms/events/port.ts";
import CircuitBreaker from "opossum";
import type { Registry } from "prom-client";
import { Drain, isAway, type JetStream } from "./queue/drain.ts";
import type { Depth, Parked } from "./queue/file.ts";
import { measureQueue, type QueueMetrics } from "./queue/metrics.ts";
import { RetryQueue } from "./queue/retry-queue.ts";

export type SenderSettings = {
  readonly broker: JetStream;
  /** Without a directory nothing is queued. */
  readonly dir: string | undefined;
  readonly maxBytes: number;
  readonly log: Logger;
  readonly registry: Registry;
};

export type SentReceipt = Pick<Receipt, "outcome" | "stream" | "sequence" | "duplicate">;

/** What GetQueue answers; undefined when there is no directory. */
export type QueueStatus = Depth & { readonly maxBytes: number; readonly oldestParked: readonly Parked[] };

type Waiting = { readonly queue: RetryQueue; readonly drain: Drain; readonly metrics: QueueMetrics };

/** After so long one caller may try JetStream again, where nothing waits that would try for it. */
const RETRY_MS = 1000;
/** Calls that ended within this time say how JetStream is doing: shorter than it may take, so that old news is gone. */
const WINDOW_MS = 1000;

/** Sends an event to JetStream, or to the disk while JetStream is away or slow. */
export class Sender {
  readonly #broker: JetStream;
  readonly #circuit: CircuitBreaker<[Envelope], Stored>;
  readonly #waiting: Waiting | undefined;

  private constructor({ broker, log }: SenderSettings, open: (onStored: () => void) => Waiting | undefined) {
    this.#broker = broker;
    this.#circuit = new CircuitBreaker((envelope: Envelope) => broker.publish(envelope), {
      name: "jetstream",
      timeout: false,
      errorThresholdPercentage: 50,
      resetTimeout: RETRY_MS,
      rollingCountTimeout: WINDOW_MS,
      rollingPercentilesEnabled: false,
      errorFilter: (error: unknown) => !isAway(error),
    });
    this.#circuit.on("open", () => log.warn("JetStream is away: events are no longer tried at once"));
    this.#circuit.on("close", () => log.info("JetStream is back"));
    this.#waiting = open(() => {
      if (!this.#circuit.closed) this.#circuit.close();
    });
  }

  /** Rejects when the directory cannot be had for itself. */
  static async open(settings: SenderSettings): Promise<Sender> {
    const { dir, maxBytes, broker, log, registry } = settings;
    if (dir === undefined) return new Sender(settings, () => undefined);
    const queue = await RetryQueue.open({ dir, maxBytes });
    const metrics = measureQueue(queue, registry);
    return new Sender(settings, (recovered) => {
      const onStored = () => {
        metrics.drained();
        recovered();
      };
      return { queue, metrics, drain: new Drain({ queue, broker, log, onStored }) };
    });
  }

  /**
   * `stored`, or `queued` once it is on disk: while JetStream is away, or something of its subject waits already.
   * Rejects with what JetStream refused it for, or the queue: RESOURCE_EXHAUSTED; UNAVAILABLE without a queue.
   */
  async send(envelope: Envelope): Promise<SentReceipt> {
    if (this.#waiting && (this.#waiting.queue.holds(envelope.subject) || this.#isAway))
      return this.#enqueue(this.#waiting, envelope);
    try {
      return { outcome: "stored", ...(await this.#circuit.fire(envelope)) };
    } catch (error) {
      const refusal = toServiceError(error);
      if (!this.#waiting || !isAway(refusal)) throw refusal;
      return this.#enqueue(this.#waiting, envelope);
    }
  }

  /** undefined when there is no directory. */
  async status(): Promise<QueueStatus | undefined> {
    if (!this.#waiting) return undefined;
    const { queue } = this.#waiting;
    return { ...queue.depth, maxBytes: queue.maxBytes, oldestParked: await queue.parked() };
  }

  /** Sends a parked event once more; it stays parked when it is refused again. NOT_FOUND on `id`. */
  async replayParked(id: number): Promise<Receipt> {
    const { queue } = this.#required();
    const parked = await queue.findParked(id);
    const sent = await this.send(parked);
    await queue.discard(id);
    return { ...namesIn(parked), ...sent };
  }

  /** NOT_FOUND on `id`. */
  discardParked(id: number): Promise<void> {
    return this.#required().queue.discard(id);
  }

  /** Throws why the queue takes nothing any more. */
  check(): void {
    this.#waiting?.queue.check();
  }

  /** What waits stays on disk. */
  async close(): Promise<void> {
    await this.#waiting?.drain.stop();
    await this.#waiting?.queue.close();
    this.#circuit.shutdown();
  }

  /** What waits tries for all: no caller has to find out how long JetStream does not answer. */
  get #isAway(): boolean {
    if (!this.#broker.isUp || this.#circuit.opened) return true;
    return this.#circuit.halfOpen && (this.#waiting?.queue.depth.events ?? 0) > 0;
  }

  async #enqueue({ queue, metrics }: Waiting, envelope: Envelope): Promise<SentReceipt> {
    const end = metrics.accepting();
    try {
      await queue.accept(envelope);
    } catch (error) {
      end("refused");
      throw error;
    }
    end("queued");
    return { outcome: "queued" };
  }

  #required(): Waiting {
    if (this.#waiting) return this.#waiting;
    throw new ServiceError("FAILED_PRECONDITION", "this gateway has no directory for a queue");
  }
}

/** No source has a space in it. */
function namesIn({ messageId }: Envelope): Pick<Receipt, "source" | "id"> {
  const space = messageId.indexOf(" ");
  return { source: messageId.slice(0, space), id: messageId.slice(space + 1) };
}

function toServiceError(error: unknown): unknown {
  if (!(error instanceof Error && CircuitBreaker.isOurError(error))) return error;
  return new ServiceError("UNAVAILABLE", "JetStream is away", [], error);
}
