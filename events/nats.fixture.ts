import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";

/** A JetStream server of the test's own: it can be killed, stalled, and started again with what it had. */
export declare class Nats {
  static start(): Promise<Nats>;
  get url(): string;
  /** SIGKILL; what it had stays on disk. */
  kill(): Promise<void>;
  resume(): Promise<void>;
  /** SIGSTOP, SIGCONT. */
  stall(): void;
  unstall(): void;
  /** Kills it and removes what it had. */
  stop(): Promise<void>;
  manage<R>(use: (manager: JetStreamManager) => Promise<R>): Promise<R>;
  publishing<R>(use: (client: JetStreamClient) => Promise<R>): Promise<R>;
}

/** Three servers that are one cluster. */
export declare class NatsCluster {
  static start(): Promise<NatsCluster>;
  /** Of all three, with commas between. */
  get urls(): string;
  readonly servers: readonly Nats[];
  /** The server that leads a stream. */
  leaderOf(stream: string): Promise<Nats>;
  stop(): Promise<void>;
}
