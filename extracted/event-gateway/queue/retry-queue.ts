import { notFound, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Envelope } from "@oms/events/envelope.ts";
import type { Accepted, Depth, Most, Parked, Queued } from "./file.ts";
import { Thread } from "./thread.ts";
import type { QueueSettings } from "./worker.ts";

/** How much may be on its way to the disk: a disk that hangs must not fill the memory instead. */
const MOST_UNDER_WAY_BYTES = 64_000_000;

/**
 * Events on the gateway's disk, until JetStream has them. Events of one subject leave in the order in which they came;
 * one that JetStream will never have is parked and holds up nobody.
 */
export class RetryQueue {
  readonly #thread: Thread;
  readonly #maxBytes: number;
  readonly #now: () => number;
  /** How many events of each subject wait or are about to. */
  readonly #subjects: Map<string, number>;
  #underWayBytes = 0;
  #onQueued: (subject: string) => void = () => {};

  private constructor(thread: Thread, maxBytes: number, subjects: Map<string, number>) {
    this.#thread = thread;
    this.#maxBytes = maxBytes;
    this.#subjects = subjects;
    this.#now = Date.now;
  }

  /** One process at a time has a directory: this rejects while another has. */
  static async open(settings: QueueSettings): Promise<RetryQueue> {
    const thread = await Thread.start(settings);
    return new RetryQueue(thread, settings.maxBytes, new Map(await thread.ask("subjects")));
  }

  /**
   * Resolves when the event is on disk; one that waits already is as good as accepted. ALREADY_EXISTS on `id`: another
   * event has this name. RESOURCE_EXHAUSTED: the budget is spent or the disk is full. UNAVAILABLE: the disk failed.
   */
  async accept(envelope: Envelope): Promise<void> {
    const bytes = envelope.body.length;
    if (this.#underWayBytes + bytes > MOST_UNDER_WAY_BYTES) throw exhausted("the queue's disk is too slow");
    this.#underWayBytes += bytes;
    this.#count(envelope.subject, 1);
    let accepted: Accepted | undefined;
    try {
      accepted = await this.#thread.ask("accept", envelope, this.#now());
    } finally {
      this.#underWayBytes -= bytes;
      if (accepted !== "queued") this.#count(envelope.subject, -1);
    }
    if (accepted === "conflict") throw conflict();
    if (accepted === "full")
      throw exhausted(`the queue is full: its ${this.#maxBytes} bytes are taken until NATS is back`);
    if (accepted === "queued") this.#onQueued(envelope.subject);
  }

  /** Whether something of the subject waits: what comes now belongs behind it. */
  holds(subject: string): boolean {
    return this.#subjects.has(subject);
  }

  get subjects(): readonly string[] {
    return [...this.#subjects.keys()];
  }

  /** Calls back with the subject of every event that is accepted from now on. */
  onQueued(listener: (subject: string) => void): void {
    this.#onQueued = listener;
  }

  head(subject: string, most: Most): Promise<readonly Queued[]> {
    return this.#thread.ask("head", subject, most);
  }

  async remove({ sequence, subject }: Queued): Promise<void> {
    await this.#thread.ask("remove", sequence);
    this.#count(subject, -1);
  }

  async park({ sequence, subject }: Queued, reason: string): Promise<void> {
    await this.#thread.ask("park", sequence, reason, this.#now());
    this.#count(subject, -1);
  }

  /** The oldest of the parked events. */
  parked(): Promise<readonly Parked[]> {
    return this.#thread.ask("parked");
  }

  /** NOT_FOUND on `id`. */
  async findParked(id: number): Promise<Parked> {
    const found = await this.#thread.ask("findParked", id);
    if (!found) throw notFound("id", `no event is parked as ${id}`);
    return found;
  }

  /** NOT_FOUND on `id`. */
  async discard(id: number): Promise<void> {
    if (!(await this.#thread.ask("discard", id))) throw notFound("id", `no event is parked as ${id}`);
  }

  get depth(): Depth {
    return this.#thread.depth;
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** Throws why nothing can be accepted any more. */
  check(): void {
    if (this.#thread.death) throw this.#thread.death;
  }

  /** Whatever was asked is done before the file is closed. */
  close(): Promise<void> {
    return this.#thread.close();
  }

  #count(subject: string, change: number): void {
    const count = (this.#subjects.get(subject) ?? 0) + change;
    if (count > 0) this.#subjects.set(subject, count);
    else this.#subjects.delete(subject);
  }
}

function exhausted(message: string): ServiceError {
  return new ServiceError("RESOURCE_EXHAUSTED", message);
}

function conflict(): ServiceError {
  const message = "is the name of another event";
  return new ServiceError("ALREADY_EXISTS", `id ${message}`, [{ field: "id", message }]);
}
