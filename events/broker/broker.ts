import { headers, type MsgHdrs } from "@nats-io/transport-node";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Logger } from "@oms/chassis/log.ts";
import type { Envelope } from "../envelope.ts";
import { taken } from "../refusal.ts";
import type { StreamSettings } from "../streams.ts";
import { away, type Connected, Connection } from "./connection.ts";
import { ensureStream, ensureStreams, systemStreamOf } from "./ensure-streams.ts";
import { DIGEST, digestOfStored } from "./headers.ts";
import type { BrokerObserver } from "./observer.ts";
import { asked, isWithoutResponder, isWithoutStream, toServiceError } from "./refusals.ts";

export type BrokerOptions = {
  /** Comma-separated, credentials in the first: NATS_URL. */
  readonly urls: string;
  /** What NATS shows of this connection: the process. */
  readonly name: string;
  readonly streams: StreamSettings;
  readonly log?: Pick<Logger, "info" | "warn">;
  /** How long a publish waits for its acknowledgement, in milliseconds. Absent: 2000. */
  readonly publishMs?: number;
  readonly observe?: BrokerObserver;
};

/** Where JetStream keeps a message; `duplicate`: it had it before. */
export type Stored = { readonly stream: string; readonly sequence: number; readonly duplicate: boolean };

const PUBLISH_MS = 2000;

/**
 * NATS, as one process has it: nothing is connected before the first use, then it is for as long as the process lives,
 * however often NATS goes away. The system's own streams are made, or set right, at every connection.
 */
export class Broker {
  readonly #options: BrokerOptions;
  readonly #connection: Connection;
  readonly publishMs: number;
  /** Streams that were there when they were asked for, by the first two parts of a subject. */
  readonly #known = new Set<string>();

  private constructor(options: BrokerOptions) {
    this.#options = options;
    this.publishMs = options.publishMs ?? PUBLISH_MS;
    this.#connection = new Connection(options);
    this.#connection.onConnected(() => {
      this.#known.clear();
      void this.#ensureStreams();
    });
  }

  static open(options: BrokerOptions): Broker {
    return new Broker(options);
  }

  /** As far as is known: a stalled server is noticed within five seconds. */
  get isUp(): boolean {
    return this.#connection.isUp;
  }

  get settings(): StreamSettings {
    return this.#options.streams;
  }

  get observe(): BrokerObserver | undefined {
    return this.#options.observe;
  }

  get log(): Pick<Logger, "info" | "warn"> | undefined {
    return this.#options.log;
  }

  /** Begins to connect. Resolves while JetStream answers, else UNAVAILABLE. */
  async ready(): Promise<void> {
    const { manager } = await this.connected();
    await asked(() => manager.getAccountInfo());
  }

  /** Rejects as `Publisher.publish` does; UNAVAILABLE within `publishMs`, at once while NATS is known to be away. */
  async publish(envelope: Envelope): Promise<Stored> {
    const startMs = performance.now();
    const observe = this.#options.observe?.published;
    try {
      const stored = await this.#publish(envelope, startMs + this.publishMs);
      observe?.(stored.duplicate ? "duplicate" : "stored", (performance.now() - startMs) / 1000);
      return stored;
    } catch (error) {
      const outcome = toServiceError(error).code === "UNAVAILABLE" ? "unavailable" : "refused";
      observe?.(outcome, (performance.now() - startMs) / 1000);
      throw error;
    }
  }

  /** FAILED_PRECONDITION on `type` when no stream takes it, UNAVAILABLE while that cannot be told. */
  async requireStream(subject: string): Promise<void> {
    const [env, domain] = subject.split(".", 2);
    const key = `${env}.${domain}`;
    if (this.#known.has(key)) return;
    await this.makeStream(subject);
    this.#known.add(key);
  }

  /** The same, whatever was there before: one of the system's own is made where it is missing. */
  async makeStream(subject: string): Promise<void> {
    const connected = await this.connected();
    await asked(() => this.#makeStream(connected, subject));
  }

  /** UNAVAILABLE while NATS is away. What is then asked throws what NATS throws: `toServiceError` reads it. */
  connected(): Promise<Connected> {
    return this.#connection.use();
  }

  /** Called at every connection, the first and after every loss; until the returned function is called. */
  onConnected(listener: () => void): () => void {
    return this.#connection.onConnected(listener);
  }

  /** Called whenever the connection is lost, until the returned function is called. */
  onLost(listener: () => void): () => void {
    return this.#connection.onLost(listener);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #publish(envelope: Envelope, untilMs: number): Promise<Stored> {
    const connected = this.#connection.current ?? (await within(untilMs, this.#connection.use()));
    try {
      return await this.#send(connected, envelope, untilMs);
    } catch (error) {
      if (!isWithoutResponder(error)) throw toServiceError(error);
    }
    const again = async () => {
      await this.#makeStream(connected, envelope.subject);
      return this.#send(connected, envelope, untilMs);
    };
    return within(untilMs, asked(again));
  }

  async #send({ acks, manager }: Connected, envelope: Envelope, untilMs: number): Promise<Stored> {
    const { subject, body, digest } = envelope;
    const timeoutMs = Math.max(1, untilMs - performance.now());
    const { stream, seq, duplicate } = await acks.publish({
      subject,
      body,
      headers: headersOf(envelope),
      timeoutMs,
    });
    if (!duplicate) return { stream, sequence: seq, duplicate: false };
    const stored = await within(
      untilMs,
      asked(() => manager.streams.getMessage(stream, { seq })),
    );
    if (stored && digestOfStored(stored) !== digest) throw taken();
    return { stream, sequence: seq, duplicate };
  }

  async #makeStream({ manager }: Connected, subject: string): Promise<void> {
    try {
      await manager.streams.find(subject);
    } catch (error) {
      if (!isWithoutStream(error)) throw error;
      const own = systemStreamOf(subject);
      if (!own) throw unknownDomain();
      await ensureStream(manager, own, this.settings);
    }
  }

  async #ensureStreams(): Promise<void> {
    try {
      const { manager } = await this.connected();
      await ensureStreams(manager, this.settings);
    } catch (error) {
      this.log?.warn({ err: error }, "the streams could not all be made");
    }
  }
}

function headersOf({ messageId, contentType, digest }: Envelope): MsgHdrs {
  const made = headers();
  made.append("Nats-Msg-Id", messageId);
  made.append("content-type", contentType);
  made.append(DIGEST, digest);
  return made;
}

async function within<R>(untilMs: number, answer: Promise<R>): Promise<R> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(away()), untilMs - performance.now());
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function unknownDomain(): ServiceError {
  const message = "is of a domain that no stream keeps";
  return new ServiceError("FAILED_PRECONDITION", `type ${message}`, [{ field: "type", message }]);
}
