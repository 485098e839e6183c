import {
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  type StoredMsg,
} from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import { invalid, notFound } from "@oms/chassis/errors/service-error.ts";
import { CONTENT_TYPE } from "../envelope.ts";
import { DEAD_STREAM } from "../streams.ts";
import type { Broker } from "./broker.ts";
import { ensureStream, systemStreamOf } from "./ensure-streams.ts";
import { ATTEMPTS, ORIGIN_SEQUENCE, ORIGIN_STREAM, REASON } from "./headers.ts";
import { asked } from "./refusals.ts";

/** What a subscriber was given too often without success. */
export type DeadLetter = {
  /** Its sequence in the stream of dead letters. */
  readonly id: number;
  readonly subscriber: string;
  /** The event in the JSON format. */
  readonly event: string;
  readonly reason: string;
  readonly attempts: number;
  /** Unix milliseconds. */
  readonly deadMs: number;
  /** Where it stood in the stream it came from. */
  readonly stream: string;
  readonly sequence: number;
};

export type DeadLetterPage = { readonly deadLetters: readonly DeadLetter[]; readonly nextPageToken?: string };

/** Messages that are read at a time, and on the way to one page: the page is short then. */
const ABREAST = 50;
const MOST_READ = 5000;

/** The dead letters of an environment. */
export class DeadLetters {
  readonly #broker: Broker;
  readonly #env: string;

  constructor(broker: Broker, env: string) {
    this.#broker = broker;
    this.#env = env;
  }

  /** Newest first; of one subscriber, or of all. INVALID_ARGUMENT on `pageToken`. */
  async list({
    subscriber,
    pageSize,
    pageToken,
  }: {
    readonly subscriber?: string;
    readonly pageSize: number;
    readonly pageToken?: string;
  }): Promise<DeadLetterPage> {
    const manager = await this.#manager();
    const { first_seq, last_seq } = await asked(async () => (await manager.streams.info(DEAD_STREAM)).state);
    const deadLetters: DeadLetter[] = [];
    let next = pageToken === undefined ? last_seq : Math.min(last_seq, sequenceIn(pageToken));
    for (let read = 0; next >= first_seq && next > 0 && read < MOST_READ; read += ABREAST) {
      const sequences = Array.from({ length: Math.min(ABREAST, next - first_seq + 1) }, (_, i) => next - i);
      const found = await asked(() => Promise.all(sequences.map((seq) => messageAt(manager, seq))));
      for (const [i, message] of found.entries()) {
        const letter = message && this.#letterIn(message);
        if (!letter || (subscriber !== undefined && letter.subscriber !== subscriber)) continue;
        deadLetters.push(letter);
        if (deadLetters.length === pageSize) return page(deadLetters, next - i - 1, first_seq);
      }
      next -= sequences.length;
    }
    return page(deadLetters, next, first_seq);
  }

  /** Brings it to its subscriber again, and to no other. NOT_FOUND on `id` when there never was one. */
  async replay(id: number): Promise<void> {
    const found = await this.#find(id);
    if (!found) return;
    const { letter, manager } = found;
    const { client } = await this.#broker.connected();
    const subject = `${this.#env}.replay.${letter.subscriber}`;
    const made = headers();
    made.set("content-type", CONTENT_TYPE);
    made.set(ORIGIN_STREAM, letter.stream);
    made.set(ORIGIN_SEQUENCE, `${letter.sequence}`);
    await asked(async () => {
      const own = systemStreamOf(subject);
      if (own) await ensureStream(manager, own, this.#broker.settings);
      await client.publish(subject, letter.event, { msgID: `replay ${id}`, headers: made });
      await remove(manager, id);
    });
  }

  /** NOT_FOUND on `id` when there never was one. */
  async discard(id: number): Promise<void> {
    const found = await this.#find(id);
    if (found) await asked(() => remove(found.manager, id));
  }

  /** Undefined: it was, and has been replayed or discarded. */
  async #find(id: number) {
    const manager = await this.#manager();
    const message = id > 0 ? await asked(() => messageAt(manager, id)) : undefined;
    const letter = message && this.#letterIn(message);
    if (letter) return { letter, manager };
    const { last_seq } = await asked(async () => (await manager.streams.info(DEAD_STREAM)).state);
    if (id < 1 || id > last_seq || message) throw notFound("id", `there is no dead letter ${id}`);
    return undefined;
  }

  async #manager(): Promise<JetStreamManager> {
    const { manager } = await this.#broker.connected();
    const own = systemStreamOf(`${this.#env}.dead.x`);
    if (own) await asked(() => ensureStream(manager, own, this.#broker.settings));
    return manager;
  }

  /** Undefined: it is of another environment. */
  #letterIn(message: StoredMsg): DeadLetter | undefined {
    const [env, , subscriber = ""] = message.subject.split(".");
    if (env !== this.#env) return undefined;
    const { header } = message;
    return {
      id: message.seq,
      subscriber,
      event: message.string(),
      reason: header.get(REASON),
      attempts: Number(header.get(ATTEMPTS)),
      deadMs: message.time.getTime(),
      stream: header.get(ORIGIN_STREAM),
      sequence: Number(header.get(ORIGIN_SEQUENCE)),
    };
  }
}

function page(deadLetters: DeadLetter[], next: number, first: number): DeadLetterPage {
  return { deadLetters, ...(next >= first && next > 0 && { nextPageToken: `${next}` }) };
}

function sequenceIn(token: string): number {
  if (!/^[1-9]\d{0,14}$/.test(token)) throw invalid("pageToken", "is none that was given");
  return Number(token);
}

async function messageAt(manager: JetStreamManager, seq: number): Promise<StoredMsg | undefined> {
  return (await manager.streams.getMessage(DEAD_STREAM, { seq })) ?? undefined;
}

async function remove(manager: JetStreamManager, seq: number): Promise<void> {
  try {
    await manager.streams.deleteMessage(DEAD_STREAM, seq, false);
  } catch (error) {
    const isGone = error instanceof JetStreamApiError && error.code === JetStreamApiCodes.NoMessageFound;
    // Another gateway has removed it meanwhile.
    if (!isGone && (await messageAt(manager, seq))) throw error;
  }
}
