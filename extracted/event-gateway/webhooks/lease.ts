import { randomUUID } from "node:crypto";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Broker } from "@oms/events/broker/broker.ts";
import { asked } from "@oms/events/broker/refusals.ts";
import { LEASE_MS, LEASES_STREAM } from "@oms/events/streams.ts";

export type LeaseOptions = { readonly broker: Broker; readonly env: string; readonly duty: string };

/** What of a lease is not relied upon: as long as two beats may take to find out that it is lost. */
const MARGIN_MS = 4500;

type Held = { readonly holder: string; readonly note: unknown };

/**
 * A duty that one process at a time has: a message that JetStream forgets unless it is renewed, each time in place of
 * the one that is known. `note` is what its holder tells others.
 */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #subject: string;
  readonly #holder = randomUUID();
  /** Of the message that is there as far as is known; 0: there is none. */
  #sequence = 0;
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#subject = `${options.env}.leases.${options.duty}`;
  }

  /** False well before another may have it, whatever NATS would say. */
  get isHeld(): boolean {
    return performance.now() < this.#untilMs;
  }

  /** Takes it where nobody has it, or renews it. UNAVAILABLE while NATS is away: what is held then runs out. */
  async hold(note: unknown): Promise<boolean> {
    if (await this.#put(note)) return true;
    this.#untilMs = Number.NEGATIVE_INFINITY;
    const last = await this.#last();
    // An answer was lost: what is there is one's own.
    if (last && last.held.holder !== this.#holder) return false;
    this.#sequence = last?.sequence ?? 0;
    return this.#put(note);
  }

  /** Lets go, so that nobody need wait for it to run out. */
  async release(): Promise<void> {
    if (!this.isHeld) return;
    this.#untilMs = Number.NEGATIVE_INFINITY;
    const { manager } = await this.#options.broker.connected();
    await asked(() => manager.streams.deleteMessage(LEASES_STREAM, this.#sequence, false));
  }

  /** What its holder tells; undefined while nobody has it. */
  async note(): Promise<unknown> {
    return (await this.#last())?.held.note;
  }

  /** False where another message is there than the one that is known. */
  async #put(note: unknown): Promise<boolean> {
    const { broker } = this.#options;
    const { client } = await broker.connected();
    const fromMs = performance.now();
    const held: Held = { holder: this.#holder, note };
    try {
      const { seq } = await asked(() =>
        client.publish(this.#subject, JSON.stringify(held), {
          expect: { lastSubjectSequence: this.#sequence },
          timeout: broker.publishMs,
        }),
      );
      this.#sequence = seq;
      this.#untilMs = fromMs + LEASE_MS - MARGIN_MS;
      return this.isHeld;
    } catch (error) {
      if (error instanceof ServiceError && error.code === "ABORTED") return false;
      throw error;
    }
  }

  async #last(): Promise<{ readonly sequence: number; readonly held: Held } | undefined> {
    const { manager } = await this.#options.broker.connected();
    const message = await asked(() =>
      manager.streams.getMessage(LEASES_STREAM, { last_by_subj: this.#subject }),
    );
    return message ? { sequence: message.seq, held: message.json<Held>() } : undefined;
  }
}
