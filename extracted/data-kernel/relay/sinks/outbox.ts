import { createHash } from "node:crypto";
import { type ErrorCode, isTooLarge, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Logger } from "@oms/chassis/log.ts";
import { type Event, parseEventText } from "@oms/events/event.ts";
import { OUTGOING } from "@oms/events/names.ts";
import type { PublishResult } from "@oms/events/port.ts";
import { OWN_SERVICE } from "../../own.ts";
import type { Store } from "../../store/port.ts";
import { asRelay } from "../publishing/host.ts";
import type { RelayEvents } from "../publishing/port.ts";
import { errorOf } from "../publishing/untaken.ts";
import { type Entry, NotYet, Poison, type Settled, type Sink } from "../sink.ts";
import { isOutbox } from "./is-outbox.ts";
import { traceparentOf } from "./traceparent.ts";

const AUTHOR = `relay@${OWN_SERVICE}`;
/** Documents that one commit clears away. */
const MOST_CLEARED = 1000;

type Parts = {
  readonly events: Pick<RelayEvents, "publishOutgoing">;
  readonly store: Store;
  readonly log: Pick<Logger, "warn">;
  /** Unix milliseconds. */
  readonly now?: () => number;
};

/**
 * Publishes the events that lie in the outbox, as they are and under the names they have, so that once more changes
 * nothing; then clears them away. What is left there waits, or is parked.
 */
export function outboxSink({ events, store, log, now = Date.now }: Parts): Sink {
  return {
    name: "outbox",
    wants: isOutbox,
    entriesOf: ({ commit, changes, skip }) =>
      changes
        .map((change, i) => ({ commit, n: skip + i, key: change.document.id, changes: [change] }))
        .filter(({ changes: [change] }) => change?.document.type === OUTGOING && change.kind !== "deleted"),
    most: 50,
    gatherMs: 0,
    deliver: (branch, entries) => publish(events, branch, entries),
    async settled(branch, standing) {
      try {
        await clear(store, branch, { ...standing, timeMs: now() });
      } catch (error) {
        log.warn({ err: error, branch }, "what the relay carried is still in the outbox");
      }
    },
    close: async () => undefined,
  };
}

async function publish(to: Parts["events"], branch: string, entries: readonly Entry[]): Promise<void> {
  const [env = ""] = branch.split("/");
  const events = entries.map(eventOf);
  const { results } = await asRelay(() => to.publishOutgoing({ env, events }).catch(asPoison));
  for (const result of results) requireStored(result);
}

/** In the trace of the commit that put it there, when it says none of its own. */
function eventOf({ commit, changes: [change] }: Entry): Event {
  try {
    const event = parseEventText(change?.document.body ?? "");
    const traceparent = event.traceparent ?? traceparentOf(commit);
    return traceparent === undefined ? event : { ...event, traceparent };
  } catch (error) {
    return asPoison(error);
  }
}

function requireStored(result: PublishResult): void {
  if ("refusal" in result) asPoison(errorOf(result.refusal));
  else if (result.receipt.outcome !== "stored") throw new NotYet(`the event is ${result.receipt.outcome}`);
}

/** `FAILED_PRECONDITION`: no stream takes its type; once there is one, it can be replayed. */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "INVALID_ARGUMENT",
  "ALREADY_EXISTS",
  "FAILED_PRECONDITION",
]);

function asPoison(error: unknown): never {
  if (!(error instanceof ServiceError) || !(FINAL.has(error.code) || isTooLarge(error))) throw error;
  throw new Poison(error.message, { cause: error });
}

/** Deletes what was there at the commit `at`, all of which is carried, but for what is parked. History keeps it. */
async function clear(store: Store, branch: string, { at, isParked, timeMs }: Settled & { timeMs: number }) {
  const page = {
    branch,
    type: OUTGOING,
    at,
    prefix: "",
    descending: false,
    afterId: "",
    limit: MOST_CLEARED,
  };
  const { documents } = await store.query(page);
  const carried = documents.filter(({ id }) => !isParked(id));
  if (carried.length === 0) return;
  const ids = carried.map(({ id }) => id);
  const key = `carried/${createHash("sha256")
    .update(JSON.stringify([at, ids]))
    .digest("hex")}`;
  await store.commit({
    branch,
    key,
    fingerprint: key,
    author: AUTHOR,
    message: `clear away ${ids.length} that were carried`,
    traceId: "",
    timeMs,
    writes: ids.map((id) => ({ delete: id })),
    preconditions: carried.map(({ id, revision }) => ({ revision: { id, revision } })),
  });
}
