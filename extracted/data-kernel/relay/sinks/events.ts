import type { Telling } from "../passed-over.ts";
import type { Entry, Sink, Source } from "../sink.ts";
import { commitEvent, messageId, subjectOf } from "./commit-event.ts";
import { CommitsStream, isOvertaken, type Tail } from "./commits-stream.ts";

/**
 * Publishes every change as a CloudEvent on the stream COMMITS. Every message names its predecessor on the subject,
 * so that two relays at once can neither double nor reorder; and where in the log it stands, so that a new leader
 * goes on behind it. What is not told has no event, and its number is nobody else's. `urls` as NATS_URL has them; nothing is connected before the first entry.
 */
export function eventsSink(urls: string, telling: Telling): Sink {
  const publisher = new Publisher(urls);
  return {
    name: "events",
    wants: () => true,
    entriesOf: ({ commit, changes, skip }) =>
      changes
        .map((change, i) => ({ commit, n: skip + i, key: change.document.id, change }))
        .filter(({ change }) => telling(commit.branch)?.(change) ?? true)
        .map(({ change, ...entry }) => ({ ...entry, changes: [change] })),
    most: 1,
    gatherMs: 0,
    deliver: async (branch, entries, source) => {
      for (const entry of entries) await publisher.publish(branch, entry, source);
    },
    last: (branch) => publisher.last(branch),
    close: () => publisher.close(),
  };
}

class Publisher {
  readonly #urls: string;
  /** By subject, while it is certain. */
  readonly #tails = new Map<string, Tail>();
  #stream: Promise<CommitsStream> | undefined;

  constructor(urls: string) {
    this.#urls = urls;
  }

  publish(branch: string, entry: Entry, source: Source): Promise<void> {
    const subject = subjectOf(branch);
    const position = `${entry.commit.id}/${entry.n}`;
    return this.#with(async (stream) => {
      const after = this.#tails.get(subject) ?? (await stream.tail(subject));
      this.#tails.delete(subject);
      // An earlier try has arrived, though its answer has not.
      if (source === "log" && after.position === position) return;
      const id = messageId(branch, entry);
      const json = commitEvent(branch, entry, stream.roomFor(id));
      // A replayed entry comes out of its place in the log: how far that is told, the message before it says.
      const stands = source === "log" ? position : after.position;
      const tail = await stream.publish({ subject, id, json, after, position: stands });
      if (tail) this.#tails.set(subject, tail);
    });
  }

  async last(branch: string): Promise<{ commit: string; n: number } | undefined> {
    const subject = subjectOf(branch);
    const tail = await this.#with((stream) => stream.tail(subject));
    this.#tails.set(subject, tail);
    const [commit, n] = tail.position.split("/");
    return commit ? { commit, n: Number(n) } : undefined;
  }

  async close(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    await closed(stream);
  }

  /** After most errors the stream is opened anew: the server may be gone, or the stream. */
  async #with<R>(use: (stream: CommitsStream) => Promise<R>): Promise<R> {
    this.#stream ??= CommitsStream.open(this.#urls);
    const opened = this.#stream;
    try {
      return await use(await opened);
    } catch (error) {
      if (!isOvertaken(error) && this.#stream === opened) {
        this.#stream = undefined;
        void closed(opened);
      }
      throw error;
    }
  }
}

async function closed(stream: Promise<CommitsStream> | undefined): Promise<void> {
  try {
    await (await stream)?.close();
  } catch {
    // It never opened, or is gone already.
  }
}
