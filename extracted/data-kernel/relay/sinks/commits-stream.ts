import {
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
} from "@nats-io/jetstream";
import { connect, errors, headers, type NatsConnection } from "@nats-io/transport-node";
import { Poison } from "../sink.ts";

const STREAM = "COMMITS";
const SUBJECTS = ["*.commits.*.*"];
const DAY_NS = 24 * 3600 * 1e9;
/** Of a stream that is made new; who wants another sets it on the stream, which is then left as it is. */
const RETENTION_NS = 14 * DAY_NS;
const CONNECT_MS = 2000;
const PUBLISH_MS = 5000;
/** Where in its branch's log the newest entry on a subject stands. */
const POSITION = "Oms-Position";
/** Of all headers, but for the message's id. */
const HEADER_BYTES = 400;

const STREAM_NAME_IN_USE = 10058;
const MESSAGE_TOO_LARGE = 10054;
const WRONG_LAST_SEQUENCE = 10071;

/** The newest message on a subject; sequence 0 and position "" when there is none. */
export type Tail = { readonly sequence: number; readonly position: string };

export type Message = {
  readonly subject: string;
  readonly id: string;
  readonly json: string;
  /** It is refused when the subject has got a newer message since. */
  readonly after: Tail;
  /** What the tail says when this is the newest message. */
  readonly position: string;
};

/** The JetStream stream of commits, which the relay alone writes. Throws what NATS throws. */
export class CommitsStream {
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;
  readonly #client: JetStreamClient;
  readonly #mostBytes: number;

  private constructor(connection: NatsConnection, manager: JetStreamManager, mostBytes: number) {
    this.#connection = connection;
    this.#manager = manager;
    this.#client = jetstream(connection);
    this.#mostBytes = mostBytes;
  }

  /** Connects to one of `urls` (comma-separated, credentials in the first) and makes the stream when it is missing. */
  static async open(urls: string): Promise<CommitsStream> {
    const connection = await connect({
      ...serversOf(urls),
      name: "data-kernel relay",
      timeout: CONNECT_MS,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      noAsyncTraces: true,
    });
    try {
      const manager = await jetstreamManager(connection, { timeout: CONNECT_MS });
      const ofServer = connection.info?.max_payload ?? 1024 * 1024;
      return new CommitsStream(connection, manager, Math.min(ofServer, await ensureStream(manager)));
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** How large an event may be, in bytes, that is published as `id`. */
  roomFor(id: string): number {
    return this.#mostBytes - HEADER_BYTES - Buffer.byteLength(id);
  }

  async tail(subject: string): Promise<Tail> {
    const last = await this.#manager.streams.getMessage(STREAM, { last_by_subj: subject });
    return { sequence: last?.seq ?? 0, position: last?.header.get(POSITION) ?? "" };
  }

  /** The tail it makes; undefined when the message is there already, with others behind it. */
  async publish({ subject, id, json, after, position }: Message): Promise<Tail | undefined> {
    const more = headers();
    more.set("content-type", "application/cloudevents+json; charset=utf-8");
    more.set(POSITION, position);
    try {
      const { seq, duplicate } = await this.#client.publish(subject, json, {
        msgID: id,
        headers: more,
        expect: { lastSubjectSequence: after.sequence },
        timeout: PUBLISH_MS,
      });
      return duplicate ? undefined : { sequence: seq, position };
    } catch (error) {
      throw isTooLarge(error) ? new Poison("NATS takes no event as large as this", { cause: error }) : error;
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}

/** By the stream's own limit, or by the server's, which the client knows. */
function isTooLarge(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.code === MESSAGE_TOO_LARGE;
  return error instanceof errors.InvalidArgumentError;
}

/** Another relay has published on the subject since its tail was read. */
export function isOvertaken(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE;
}

/** Answers how large a message may be. */
async function ensureStream(manager: JetStreamManager): Promise<number> {
  try {
    await manager.streams.add({ name: STREAM, subjects: SUBJECTS, max_age: RETENTION_NS });
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== STREAM_NAME_IN_USE) throw error;
  }
  const { config } = await manager.streams.info(STREAM);
  const missing = SUBJECTS.filter((subject) => !config.subjects.includes(subject));
  if (missing.length > 0)
    await manager.streams.update(STREAM, { subjects: [...config.subjects, ...missing] });
  return config.max_msg_size > 0 ? config.max_msg_size : Number.POSITIVE_INFINITY;
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
