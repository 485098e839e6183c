import type { JetStreamClient, PubAck } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import type { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { CONTENT_TYPE } from "../envelope.ts";
import { taken } from "../refusal.ts";
import { COMMITS_STREAM } from "../streams.ts";
import type { Broker } from "./broker.ts";
import { DIGEST, digestOfStored, POSITION } from "./headers.ts";
import { asked, isWithoutStream, toServiceError } from "./refusals.ts";

/** A message of COMMITS. */
export type CommitMessage = {
  readonly subject: string;
  /** The event in the JSON format. */
  readonly body: string;
  /** identityOf its event. */
  readonly messageId: string;
  /** digestOf its event. */
  readonly digest: string;
  /** Where in its branch's log it stands: the header Oms-Position. */
  readonly position: string;
};

/** Where the stream ends, and where one of its subjects does: sequence 0 and position "" when nothing is there. */
export type Tail = {
  readonly lastSequence: number;
  readonly sequence: number;
  readonly position: string;
  /** How large a message may be, in bytes, with its headers. */
  readonly maxBytes: number;
};

/** As many as were stored, from the first on; `refusal` says why the next one was not. */
export type Appended = { readonly sequences: readonly number[]; readonly refusal?: ServiceError };

/** How long one of many that are sent together may take. */
const APPEND_MS = 5000;

/** The stream of commits, which the relay alone writes. */
export class CommitsLog {
  readonly #broker: Broker;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** Makes the stream when it is missing. UNAVAILABLE while NATS is away. */
  async tail(subject: string): Promise<Tail> {
    const { connection, manager } = await this.#broker.connected();
    return asked(async () => {
      // The stream first: what is appended between the two reads makes the sequence wrong, and never the position.
      const { config, state } = await this.#info(subject);
      const last = await manager.streams.getMessage(COMMITS_STREAM, { last_by_subj: subject });
      const ofServer = connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
      return {
        lastSequence: state.last_seq,
        sequence: last?.seq ?? 0,
        position: last?.header.get(POSITION) ?? "",
        maxBytes: config.max_msg_size > 0 ? Math.min(ofServer, config.max_msg_size) : ofServer,
      };
    });
  }

  /**
   * Pipelined: each message right behind the one before, the first behind `lastSequence`; another pipeline begins when
   * this one has answered. Refusals: ABORTED on
   * `lastSequence` when the stream has gone on; RESOURCE_EXHAUSTED on `data`; ALREADY_EXISTS on `id`; UNAVAILABLE, and
   * then what is behind `sequences` may be stored all the same: the tail says. A message that was there already counts
   * as stored, with the sequence it has.
   */
  async append(messages: readonly CommitMessage[], lastSequence: number): Promise<Appended> {
    const { client } = await this.#broker.connected();
    const answers = await Promise.allSettled(
      messages.map((message, i) =>
        send(client, message, { lastSequence: lastSequence + i, lastMsgID: messages[i - 1]?.messageId }),
      ),
    );
    const sequences: number[] = [];
    for (const [i, answer] of answers.entries()) {
      if (answer.status === "rejected") return { sequences, refusal: toServiceError(answer.reason) };
      const refusal = await this.#refusalOf(messages[i], answer.value);
      if (refusal) return { sequences, refusal };
      sequences.push(answer.value.seq);
    }
    return { sequences };
  }

  async #info(subject: string) {
    const { manager } = await this.#broker.connected();
    try {
      return await manager.streams.info(COMMITS_STREAM);
    } catch (error) {
      if (!isWithoutStream(error)) throw error;
      await this.#broker.makeStream(subject);
      return manager.streams.info(COMMITS_STREAM);
    }
  }

  /** What was there already may be another event of that name. */
  async #refusalOf(
    message: CommitMessage | undefined,
    { duplicate, seq }: PubAck,
  ): Promise<ServiceError | undefined> {
    if (!duplicate) return undefined;
    try {
      const { manager } = await this.#broker.connected();
      const stored = await manager.streams.getMessage(COMMITS_STREAM, { seq });
      return stored && digestOfStored(stored) !== message?.digest ? taken() : undefined;
    } catch (error) {
      return toServiceError(error);
    }
  }
}

/**
 * The sequence alone would not do: where the stream has gone on by one, the message behind the refused one would find
 * the sequence that it expects.
 */
type Behind = { readonly lastSequence: number; readonly lastMsgID: string | undefined };

function send(
  client: JetStreamClient,
  message: CommitMessage,
  { lastSequence, lastMsgID }: Behind,
): Promise<PubAck> {
  const made = headers();
  made.set("content-type", CONTENT_TYPE);
  made.set(DIGEST, message.digest);
  made.set(POSITION, message.position);
  return client.publish(message.subject, message.body, {
    msgID: message.messageId,
    headers: made,
    expect: { streamName: COMMITS_STREAM, lastSequence, ...(lastMsgID !== undefined && { lastMsgID }) },
    timeout: APPEND_MS,
  });
}
