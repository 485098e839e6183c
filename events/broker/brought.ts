import type { Msg } from "@nats-io/transport-node";

/** A message that a consumer brought, and how it is settled. The library makes one of its own for its own readers alone. */
export class Brought {
  readonly #message: Msg;
  /** From 1. */
  readonly attempt: number;
  /** In its stream. */
  readonly sequence: number;
  /** When it was stored, in Unix milliseconds. */
  readonly storedMs: number;

  /** `message.reply` is where JetStream waits for its settlement, and says which delivery it is. */
  constructor(message: Msg) {
    this.#message = message;
    const parts = message.reply?.split(".") ?? [];
    // $JS.ACK.<stream>.<consumer>.<attempt>.<sequence>.…, or with domain and account before the stream.
    const [attempt, sequence, , timeNs] = parts.slice(parts.length === 9 ? 4 : 6);
    this.attempt = Number(attempt);
    this.sequence = Number(sequence);
    this.storedMs = Math.floor(Number(timeNs) / 1e6);
  }

  get data(): Uint8Array {
    return this.#message.data;
  }

  header(name: string): string {
    return this.#message.headers?.get(name) ?? "";
  }

  text(): string {
    return this.#message.string();
  }

  done(): void {
    this.#message.respond("+ACK");
  }

  /** It comes again, at once or after `delayMs`. */
  again(delayMs = 0): void {
    this.#message.respond(
      delayMs > 0 ? `-NAK ${JSON.stringify({ delay: Math.round(delayMs * 1e6) })}` : "-NAK",
    );
  }

  working(): void {
    this.#message.respond("+WPI");
  }

  /** It never comes again. A reason besides would have it come again, for ever, before NATS 2.10. */
  gone(): void {
    this.#message.respond("+TERM");
  }
}
