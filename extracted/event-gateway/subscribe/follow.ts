import { invalid, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Broker } from "@oms/events/broker/broker.ts";
import { followDomain } from "@oms/events/broker/follow.ts";
import type { Subscription } from "@oms/events/delivery.ts";
import { subjectOf } from "@oms/events/subject.ts";
import type { Bound, Delivery, Follow } from "@oms/protos/oms/events/v1/events.ts";
import { lastSequenceOf } from "./last-sequence.ts";
import { type Client, type Session, withMore } from "./session.ts";

/** What may wait for a client's credit; beyond it the look is taken up again where it was left. */
const MOST_WAITING = { events: 1000, characters: 4_000_000 } as const;

export type FollowParts = { readonly broker: Broker; readonly env: string };

/** A look at a domain: each event takes one of the credit for good, and nothing is settled. */
export class FollowSession implements Session {
  readonly #parts: FollowParts & { readonly domain: string };
  readonly #client: Client;
  readonly #standing = Promise.withResolvers<Bound>();
  #credit: number;
  #waiting: Delivery[] = [];
  #characters = 0;
  #lastSequence = 0;
  /** Absent: it has not begun, waits for credit, or is over. */
  #look: Subscription | undefined;
  #stopped = false;

  private constructor(parts: FollowParts & { readonly domain: string }, credit: number, client: Client) {
    this.#parts = parts;
    this.#client = client;
    this.#credit = withMore(0, credit, "bind.credit");
  }

  static async open(
    parts: FollowParts,
    { follow, credit }: { readonly follow: Follow; readonly credit: number },
    client: Client,
  ): Promise<FollowSession> {
    const { domain, afterSequence } = follow;
    if (afterSequence < 0) throw invalid("bind.follow.afterSequence", "must not be negative");
    const session = new FollowSession({ ...parts, domain }, credit, client);
    session.#lastSequence = afterSequence === 0 ? await lastSequenceOf(parts.broker, domain) : afterSequence;
    session.#begin();
    return session;
  }

  get bound(): Promise<Bound> {
    return this.#standing.promise;
  }

  settle(): never {
    throw invalid("settle", "must not be sent: a look settles nothing");
  }

  more(credit: number): void {
    this.#credit = withMore(this.#credit, credit, "credit");
    while (this.#credit > 0) {
      const next = this.#waiting.shift();
      if (!next) break;
      this.#characters -= next.event.length;
      this.#send(next);
    }
    if (this.#waiting.length === 0 && !this.#look && !this.#stopped) this.#begin();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#leave();
  }

  #begin(): void {
    const began = this.#lastSequence;
    const look = followDomain(
      { ...this.#parts, afterSequence: began },
      {
        event: (delivery) => {
          if (this.#look !== look) return;
          const { event, ...rest } = delivery;
          this.#lastSequence = delivery.sequence;
          this.#take({
            token: "",
            event: JSON.stringify(event),
            ...rest,
            subject: subjectOf(this.#parts.env, event),
          });
        },
        stands: (is) => {
          if (is) this.#standing.resolve({ afterSequence: began });
          else if (this.#look === look) this.#client.fail(new ServiceError("UNAVAILABLE", "NATS is away"));
        },
        gap: () => {
          if (this.#look === look) this.#client.fail(missed());
        },
      },
    );
    this.#look = look;
  }

  #take(delivery: Delivery): void {
    if (this.#credit > 0) {
      this.#send(delivery);
      return;
    }
    this.#waiting.push(delivery);
    this.#characters += delivery.event.length;
    const { events, characters } = MOST_WAITING;
    if (this.#waiting.length >= events || this.#characters >= characters) void this.#leave();
  }

  #send(delivery: Delivery): void {
    this.#credit -= 1;
    this.#client.deliver(delivery);
  }

  async #leave(): Promise<void> {
    const look = this.#look;
    this.#look = undefined;
    await look?.stop();
  }
}

function missed(): ServiceError {
  const message = "is behind what the stream still has";
  return new ServiceError("FAILED_PRECONDITION", `afterSequence ${message}`, [
    { field: "afterSequence", message },
  ]);
}
