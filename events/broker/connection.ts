import { setTimeout as delay } from "node:timers/promises";
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Logger } from "@oms/chassis/log.ts";
import { Acks } from "./acks.ts";

export type ConnectionOptions = {
  /** Comma-separated, credentials in the first: NATS_URL. */
  readonly urls: string;
  /** What NATS shows of this connection: the process. */
  readonly name: string;
  readonly log?: Pick<Logger, "info" | "warn"> | undefined;
};

/** One connection and what is asked over it. */
export type Connected = {
  readonly connection: NatsConnection;
  readonly client: JetStreamClient;
  readonly acks: Acks;
  readonly manager: JetStreamManager;
};

const CONNECT_MS = 2000;
const PAUSE_MS = 250;
/** A stalled server is noticed at the third ping without an answer: within 4.5 seconds. */
const PING_MS = 1500;
const MOST_PINGS = 2;
/** A server of a cluster is found within this time after another one is lost; after it NATS counts as away. */
const GRACE_MS = 1000;

/** A connection that is kept for ever, begun at its first use. Who asks while NATS is known to be away is told at once. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #closing = new AbortController();
  readonly #listeners = new Set<() => void>();
  readonly #losses = new Set<() => void>();
  #running: Promise<void> | undefined;
  #last: Connected | undefined;
  #state: "connecting" | "up" | "away" = "connecting";
  /** Resolves when the state is no longer `connecting`. */
  #decided = Promise.withResolvers<void>();
  #grace: NodeJS.Timeout | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#state === "up";
  }

  /** Undefined while it is not up. */
  get current(): Connected | undefined {
    return this.#state === "up" ? this.#last : undefined;
  }

  /** UNAVAILABLE while NATS is away. */
  async use(): Promise<Connected> {
    if (this.#closing.signal.aborted) throw away();
    this.#running ??= this.#run();
    if (this.#state === "connecting") await this.#decided.promise;
    if (!this.current) throw away();
    return this.current;
  }

  /** At every connection, the first and after every loss; until the returned function is called. */
  onConnected(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** At every loss of the connection; until the returned function is called. */
  onLost(listener: () => void): () => void {
    this.#losses.add(listener);
    return () => void this.#losses.delete(listener);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#become("away");
    await this.#last?.connection.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#keep(await this.#connect());
      } catch (error) {
        if (this.#state !== "away") this.#options.log?.warn({ err: error }, "NATS does not answer");
        this.#become("away");
      }
      await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #connect(): Promise<Connected> {
    const connection = await connect({
      ...serversOf(this.#options.urls),
      name: this.#options.name,
      timeout: CONNECT_MS,
      pingInterval: PING_MS,
      maxPingOut: MOST_PINGS,
      maxReconnectAttempts: -1,
      reconnectTimeWait: PAUSE_MS,
      ignoreAuthErrorAbort: true,
      noAsyncTraces: true,
    });
    const options = { timeout: CONNECT_MS, checkAPI: false };
    return {
      connection,
      client: jetstream(connection, options),
      acks: new Acks(connection),
      manager: await jetstreamManager(connection, options),
    };
  }

  /** Until the connection is closed for good. */
  async #keep(connected: Connected): Promise<void> {
    const { connection } = connected;
    const statuses = connection.status();
    if (this.#closing.signal.aborted) return connection.close();
    this.#last = connected;
    this.#up();
    for await (const { type } of statuses) {
      if (type === "disconnect") this.#lost();
      if (type === "reconnect") this.#up();
    }
    this.#become("away");
  }

  #up(): void {
    this.#options.log?.info("connected to NATS");
    this.#become("up");
    for (const listener of this.#listeners) listener();
  }

  #lost(): void {
    if (this.#closing.signal.aborted) return;
    this.#options.log?.warn("NATS is lost");
    for (const listener of this.#losses) listener();
    this.#become("connecting");
    this.#grace = setTimeout(() => this.#become("away"), GRACE_MS);
  }

  #become(state: "connecting" | "up" | "away"): void {
    clearTimeout(this.#grace);
    if (this.#state === "connecting" && state !== "connecting") this.#decided.resolve();
    if (this.#state !== "connecting" && state === "connecting") this.#decided = Promise.withResolvers();
    this.#state = state;
  }
}

export function away(cause?: unknown): ServiceError {
  return new ServiceError("UNAVAILABLE", "NATS is away", [], cause);
}

function serversOf(urls: string) {
  const [first, ...others] = urls.split(",").map((url) => new URL(url));
  if (!first) throw new Error("NATS_URL names no server");
  const { username, password } = first;
  return {
    servers: [first, ...others].map(({ host }) => host),
    ...(username !== "" && { user: decodeURIComponent(username), pass: decodeURIComponent(password) }),
  };
}
