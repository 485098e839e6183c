import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { digestOf } from "@oms/events/envelope.ts";
import { readStored } from "@oms/events/stored-event.ts";
import { streamNameOf } from "@oms/events/streams.ts";
import type { Message } from "./books.ts";

const PATIENCE_MS = 5000;

/** The streams of a story's NATS, looked at from outside. `urls` as NATS_URL has them. */
export class Streams {
  readonly #urls: readonly URL[];

  constructor(urls: string) {
    this.#urls = urls.split(",").map((url) => new URL(url));
  }

  /** All of a domain, in the stream's order; none where there is no such stream. Throws while NATS is away. */
  messages(domain: string): Promise<Message[]> {
    return this.#with(async (connection) => {
      const stream = streamNameOf(domain);
      const { streams } = await jetstreamManager(connection);
      const info = await streams.info(stream).catch(() => undefined);
      const wanted = info?.state.messages ?? 0;
      if (wanted === 0) return [];
      const consumer = await jetstream(connection).consumers.get(stream);
      const found: Message[] = [];
      for await (const message of await consumer.fetch({ max_messages: wanted, expires: PATIENCE_MS })) {
        const event = readStored(message.string());
        if (!event) throw new Error(`${stream} has what is no event at ${message.seq}`);
        const { source, id, partitionkey: key = "" } = event;
        found.push({ identity: `${source} ${id}`, domain, key, digest: digestOf(event) });
      }
      if (found.length < wanted) throw new Error(`${stream} gave ${found.length} of ${wanted} messages`);
      return found;
    });
  }

  async hasConsumer(domain: string, durable: string): Promise<boolean> {
    return this.#with(async (connection) => {
      const { consumers } = await jetstreamManager(connection);
      return (await consumers.info(streamNameOf(domain), durable)).name === durable;
    });
  }

  /** Takes a message out of its stream, as nobody should; resolves to its text. */
  takeOut(domain: string, identity: string): Promise<string> {
    return this.#with(async (connection) => {
      const stream = streamNameOf(domain);
      const { streams } = await jetstreamManager(connection);
      const { state } = await streams.info(stream);
      for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
        const message = await streams.getMessage(stream, { seq });
        const text = message?.string() ?? "{}";
        const { source, id } = JSON.parse(text) as { source: string; id: string };
        if (`${source} ${id}` !== identity) continue;
        await streams.deleteMessage(stream, seq);
        return text;
      }
      throw new Error(`${identity} is not in ${stream}`);
    });
  }

  /** Puts a message at the end of its stream, expecting nothing, as nobody should. */
  async append(subject: string, text: string): Promise<void> {
    await this.#with((connection) => jetstream(connection).publish(subject, text));
  }

  async #with<R>(use: (connection: NatsConnection) => Promise<R>): Promise<R> {
    const [first] = this.#urls;
    const { username: user = "", password: pass = "" } = first ?? {};
    const connection = await connect({
      servers: this.#urls.map(({ host }) => host),
      ...(user !== "" && { user, pass }),
      reconnect: false,
      timeout: PATIENCE_MS,
    });
    try {
      return await use(connection);
    } finally {
      await connection.close();
    }
  }
}
