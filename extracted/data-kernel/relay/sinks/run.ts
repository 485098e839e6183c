import { type ErrorCode, isTooLarge, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Tail } from "@oms/events/broker/commits.ts";
import type { ToldCommit } from "@oms/events/commit-message.ts";
import type { Refusal } from "@oms/events/port.ts";
import type { PublishedCommits, RelayEvents } from "../publishing/port.ts";
import { errorOf } from "../publishing/untaken.ts";
import { Overtaken, Poison } from "../sink.ts";

/** What one call carries at most, unless a single delivery is more. */
const MOST_MESSAGES = 200;
const MOST_CHARACTERS = 256 * 1024;

/** Where a subject ends: its newest message's position, and how large the next may be. */
type End = Pick<Tail, "position" | "maxBytes">;

/** One delivery: all of its messages are stored, or it rejects. */
type Group = {
  readonly messages: readonly ToldCommit[];
  readonly characters: number;
  readonly done: PromiseWithResolvers<void>;
};

/**
 * An unbroken row of messages on the stream, of all branches: each right behind the one before, the first behind where
 * the stream was found to end. While it lasts nobody else has published in between, so that what was read of a subject
 * at its beginning, or later, is still true. It is over with the first message that is refused, or of which nobody
 * knows; then everyone looks anew.
 */
export class Run {
  readonly #events: Pick<RelayEvents, "publishCommits" | "tail">;
  /** By subject, once what waits is stored. */
  readonly #ends = new Map<string, End>();
  #waiting: Group[] = [];
  #sending: readonly Group[] = [];
  #begun: Promise<Tail> | undefined;
  #lastSequence = 0;
  #over: boolean = false;

  constructor(events: Pick<RelayEvents, "publishCommits" | "tail">) {
    this.#events = events;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** Whether a delivery to the subject has no answer yet. */
  awaits(subject: string): boolean {
    const isOfIt = ({ messages }: Group) => messages.some((message) => message.subject === subject);
    return this.#waiting.some(isOfIt) || this.#sending.some(isOfIt);
  }

  /** Where the subject ends. Rejects as `RelayEvents.tail` does, which is its end. */
  async open(subject: string): Promise<End> {
    try {
      const { position, maxBytes } = await this.#tailOf(subject);
      const end = { position, maxBytes };
      this.#ends.set(subject, end);
      return end;
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** Overtaken when the subject was not looked at in this run. */
  endOf(subject: string): End {
    const end = this.#ends.get(subject);
    if (this.#over || !end) throw new Overtaken("the stream has to be looked at anew");
    return end;
  }

  /** Resolves when all are stored. Overtaken when somebody else may have gone on, or some of them are stored. */
  append(messages: readonly ToldCommit[]): Promise<void> {
    for (const { subject, position } of messages)
      this.#ends.set(subject, { ...this.endOf(subject), position });
    const characters = messages.reduce((sum, { event }) => sum + event.length, 0);
    const group = { messages, characters, done: Promise.withResolvers<void>() };
    this.#waiting.push(group);
    if (this.#sending.length === 0) void this.#send();
    return group.done.promise;
  }

  /** Nothing more goes out. */
  end(): void {
    this.#over = true;
    for (const { done } of this.#waiting.splice(0)) done.reject(new Overtaken("the run before it is over"));
  }

  /** What was read of other subjects holds from where the run begins: no look at them may have come before. */
  async #tailOf(subject: string): Promise<Tail> {
    if (this.#begun !== undefined) {
      await this.#begun;
      return this.#events.tail({ subject });
    }
    this.#begun = this.#events.tail({ subject });
    const tail = await this.#begun;
    this.#lastSequence = tail.lastSequence;
    return tail;
  }

  async #send(): Promise<void> {
    while (this.#waiting.length > 0) {
      this.#sending = this.#next();
      const messages = this.#sending.flatMap((group) => group.messages);
      try {
        const lastSequence = this.#lastSequence;
        this.#settle(messages.length, await this.#events.publishCommits({ messages, lastSequence }));
      } catch (error) {
        this.#fail(0, isOvertaken(error) ? new Overtaken("the stream has gone on", { cause: error }) : error);
      }
    }
    this.#sending = [];
  }

  #next(): Group[] {
    let [messages, characters] = [0, 0];
    const end = this.#waiting.findIndex((group, n) => {
      messages += group.messages.length;
      characters += group.characters;
      return n > 0 && (messages > MOST_MESSAGES || characters > MOST_CHARACTERS);
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  #settle(sent: number, { sequences, refusal }: PublishedCommits): void {
    const expected = this.#lastSequence + sent;
    this.#lastSequence = sequences.at(-1) ?? this.#lastSequence;
    if (sequences.length < sent) this.#fail(sequences.length, refused(refusal));
    else for (const { done } of this.#sending) done.resolve();
    // One of them has been there for longer: what is behind it is not where it was thought to be.
    if (this.#lastSequence !== expected) this.end();
  }

  /** The first `stored` messages got through; the next one failed with `error`. */
  #fail(stored: number, error: unknown): void {
    let before = 0;
    for (const { messages, done } of this.#sending) {
      if (before + messages.length <= stored) done.resolve();
      else done.reject(before === stored ? error : new Overtaken("a message before it did not get through"));
      before += messages.length;
    }
    this.end();
  }
}

/** What is wrong with an event stays wrong; all else is worth another try. */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["INVALID_ARGUMENT", "ALREADY_EXISTS"]);

function refused(refusal: Refusal | undefined): Error {
  if (!refusal) return new Error("messages are missing, and nobody says why");
  const cause = errorOf(refusal);
  if (isOvertaken(cause)) return new Overtaken("the stream has gone on", { cause });
  return FINAL.has(cause.code) || isTooLarge(cause) ? new Poison(cause.message, { cause }) : cause;
}

function isOvertaken(error: unknown): boolean {
  return error instanceof ServiceError && error.code === "ABORTED";
}
