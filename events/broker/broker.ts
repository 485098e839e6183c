import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Logger } from "@oms/chassis/log.ts";
import type { Envelope } from "../envelope.ts";
import type { StreamSettings } from "../streams.ts";
import type { BrokerObserver } from "./observer.ts";

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

/** One connection and what is asked over it. */
export type Connected = {
  readonly connection: NatsConnection;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
};

/**
 * NATS, as one process has it: nothing is connected before the first use, then it is for as long as the process lives,
 * however often NATS goes away.
 */
export class Broker {
  static open(_options: BrokerOptions): Broker {
    throw new Error("follows");
  }

  /** As far as is known: a stalled server is noticed within five seconds. */
  get isUp(): boolean {
    throw new Error("follows");
  }

  /** Begins to connect. Resolves while JetStream answers, else UNAVAILABLE. */
  ready(): Promise<void> {
    throw new Error("follows");
  }

  /** Rejects as `Publisher.publish` does; UNAVAILABLE within `publishMs`, at once while NATS is known to be away. */
  publish(_envelope: Envelope): Promise<Stored> {
    throw new Error("follows");
  }

  /** UNAVAILABLE while NATS is away. What is then asked throws what NATS throws: `toServiceError` reads it. */
  connected(): Promise<Connected> {
    throw new Error("follows");
  }

  /** Called at every connection, the first and after every loss; until the returned function is called. */
  onConnected(_listener: () => void): () => void {
    throw new Error("follows");
  }

  close(): Promise<void> {
    throw new Error("follows");
  }
}
