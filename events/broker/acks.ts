import { JetStreamApiError, type PubAck } from "@nats-io/jetstream";
import { createInbox, errors, type Msg, type MsgHdrs, type NatsConnection } from "@nats-io/transport-node";

export type Outgoing = {
  readonly subject: string;
  /** UTF-8 when it is sent. */
  readonly body: string;
  readonly headers: MsgHdrs;
  readonly timeoutMs: number;
};

type Waiting = {
  readonly resolve: (ack: PubAck) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
};

/**
 * Publishes to JetStream over one connection, any number of messages at a time. The client's own `publish` makes an error
 * with a stack for every message that succeeds, and takes twice the time for it.
 */
export class Acks {
  readonly #connection: NatsConnection;
  /** All acknowledgements come to one subscription; the last part of their subject says whose they are. */
  readonly #inbox = `${createInbox()}.`;
  readonly #waiting = new Map<string, Waiting>();
  #sent = 0;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
    connection.subscribe(`${this.#inbox}*`, { callback: (_, message) => this.#settle(message) });
    void connection.closed().then(() => {
      for (const number of this.#waiting.keys())
        this.#end(number)?.reject(new errors.ClosedConnectionError());
    });
  }

  /** Rejects with NoRespondersError where no stream takes the subject, TimeoutError, JetStreamApiError. */
  publish({ subject, body, headers, timeoutMs }: Outgoing): Promise<PubAck> {
    const number = (this.#sent++).toString(36);
    const { promise, resolve, reject } = Promise.withResolvers<PubAck>();
    const timer = setTimeout(() => this.#end(number)?.reject(new errors.TimeoutError()), timeoutMs);
    this.#waiting.set(number, { resolve, reject, timer });
    try {
      this.#connection.publish(subject, body, { reply: `${this.#inbox}${number}`, headers });
    } catch (error) {
      this.#end(number)?.reject(error);
    }
    return promise;
  }

  #settle(message: Msg): void {
    const waiting = this.#end(message.subject.slice(this.#inbox.length));
    try {
      waiting?.resolve(ackIn(message));
    } catch (error) {
      waiting?.reject(error);
    }
  }

  #end(number: string): Waiting | undefined {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    clearTimeout(waiting?.timer);
    return waiting;
  }
}

function ackIn(message: Msg): PubAck {
  if (message.data.length === 0 && message.headers?.code === 503)
    throw new errors.NoRespondersError(message.subject);
  const { error, ...ack } = message.json<
    PubAck & { error?: ConstructorParameters<typeof JetStreamApiError>[0] }
  >();
  if (error) throw new JetStreamApiError(error);
  return ack;
}
