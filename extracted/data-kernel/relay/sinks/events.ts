import { MOST_EVENT_BYTES } from "@oms/events/event.ts";
import type { Telling } from "../passed-over.ts";
import { asRelay } from "../publishing/host.ts";
import type { RelayEvents } from "../publishing/port.ts";
import type { Entry, Sink, Source } from "../sink.ts";
import { commitEvent, identityOf, subjectOf } from "./commit-event.ts";
import { isOutbox } from "./is-outbox.ts";
import { Run } from "./run.ts";

/** Of all headers, but for the message's id. */
const HEADER_BYTES = 600;

/**
 * Publishes every change as a CloudEvent on the stream COMMITS. Every message says which one is before it on the
 * stream, so that two relays at once can neither double nor reorder; and where in the log it stands, so that a new
 * leader goes on behind it. What is not told has no event, and its number is nobody else's. What lies in the outbox is
 * an event already.
 */
export function eventsSink(events: Pick<RelayEvents, "publishCommits" | "tail">, telling: Telling): Sink {
  const commits = new Commits(events);
  return {
    name: "events",
    wants: (branch) => !isOutbox(branch),
    entriesOf: ({ commit, changes, skip }) =>
      changes
        .map((change, i) => ({ commit, n: skip + i, key: change.document.id, change }))
        .filter(({ change }) => telling(commit.branch)?.(change) ?? true)
        .map(({ change, ...entry }) => ({ ...entry, changes: [change] })),
    most: 100,
    gatherMs: 0,
    deliver: (branch, entries, source) => commits.publish(branch, entries, source),
    last: (branch) => commits.last(branch),
    close: async () => commits.close(),
  };
}

/** One run for all branches of the process. */
class Commits {
  readonly #events: Pick<RelayEvents, "publishCommits" | "tail">;
  #run: Run;

  constructor(events: Pick<RelayEvents, "publishCommits" | "tail">) {
    this.#events = events;
    this.#run = new Run(events);
  }

  async publish(branch: string, entries: readonly Entry[], source: Source): Promise<void> {
    const run = this.#run;
    const subject = subjectOf(branch);
    const { position: end, maxBytes } = run.endOf(subject);
    const messages = entries.map((entry) => {
      const most = maxBytes - HEADER_BYTES - Buffer.byteLength(identityOf(branch, entry));
      return {
        subject,
        event: commitEvent(branch, entry, Math.min(most, MOST_EVENT_BYTES)),
        // A replayed entry comes out of its place in the log: how far that is told, the message before it says.
        position: source === "log" ? `${entry.commit.id}/${entry.n}` : end,
      };
    });
    await asRelay(() => run.append(messages));
  }

  async last(branch: string): Promise<{ commit: string; n: number } | undefined> {
    const subject = subjectOf(branch);
    // A line that has given up on a delivery asks anew while that is still on its way.
    if (this.#run.awaits(subject)) this.#run.end();
    if (this.#run.isOver) this.#run = new Run(this.#events);
    const run = this.#run;
    const { position } = await asRelay(() => run.open(subject));
    const [commit, n] = position.split("/");
    return commit ? { commit, n: Number(n) } : undefined;
  }

  close(): void {
    this.#run.end();
  }
}
