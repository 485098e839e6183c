import { createHash } from "node:crypto";
import { CloudEvent } from "cloudevents";
import type { Change, Commit } from "../../store/port.ts";
import { type Entry, Poison } from "../sink.ts";

/**
 * What an event says of one change. `body` is the text of the document's JSON, byte for byte; absent for a deletion,
 * and where the event would be too large: the kernel has it at `revision`.
 */
type ChangeData = {
  readonly branch: string;
  readonly commit: Pick<Commit, "id" | "key" | "author" | "message" | "sequence">;
  readonly kind: Change["kind"];
  readonly document: {
    readonly id: string;
    readonly type: string;
    readonly revision: string;
    readonly body?: string;
  };
};

/** Parts of a branch's name may hold dots, which part a subject. */
const encoded = (part: string) => part.replaceAll(".", "%2E");

/** `dev/oms/main` publishes on `dev.commits.oms.main`: one subject, so that what is on it has an order. */
export function subjectOf(branch: string): string {
  const [environment = "", service = "", purpose = ""] = branch.split("/").map(encoded);
  return `${environment}.commits.${service}.${purpose}`;
}

/** An event's id is unique within its source: a key names a commit on its branch. */
export function sourceOf(branch: string): string {
  return `/branches/${branch}`;
}

/**
 * A CloudEvents 1.0 event in the JSON format, at most `most` bytes, the same whenever it is made.
 * @throws Poison when it does not even fit without the document.
 */
export function commitEvent(branch: string, entry: Entry, most: number): { id: string; json: string } {
  for (const withBody of [true, false]) {
    const event = eventOf(branch, entry, withBody);
    const json = JSON.stringify(event);
    if (Buffer.byteLength(json) <= most) return { id: event.id, json };
  }
  throw new Poison(`the event is larger than ${most} bytes, even without the document`);
}

function eventOf(branch: string, { commit, n, changes }: Entry, withBody: boolean): CloudEvent<ChangeData> {
  const [change] = changes;
  if (!change) throw new Error("an event needs a change");
  const traceparent = traceparentOf(commit);
  return new CloudEvent<ChangeData>({
    specversion: "1.0",
    id: `${commit.key}/${n}`,
    source: sourceOf(branch),
    type: `oms.kernel.document.${change.kind}`,
    subject: change.document.id,
    time: new Date(commit.timeMs).toISOString(),
    datacontenttype: "application/json",
    partitionkey: change.document.id,
    ...(traceparent !== undefined && { traceparent }),
    data: dataOf(branch, commit, withBody ? change : withoutBody(change)),
  });
}

type Told = { readonly kind: Change["kind"]; readonly document: ChangeData["document"] };

function dataOf(branch: string, { id, key, author, message, sequence }: Commit, told: Told): ChangeData {
  const { kind, document } = told.kind === "deleted" ? withoutBody(told) : told;
  return { branch, commit: { id, key, author, message, sequence }, kind, document };
}

function withoutBody({ kind, document: { id, type, revision } }: Told): Told {
  return { kind, document: { id, type, revision } };
}

/** CloudEvents' distributed-tracing extension: the commit's trace, with a span that is the commit's own. */
function traceparentOf({ id, traceId }: Commit): string | undefined {
  if (!/^(?!0{32})[0-9a-f]{32}$/.test(traceId)) return undefined;
  const span = createHash("sha256").update(id).digest("hex").slice(0, 16);
  return `00-${traceId}-${span}-01`;
}
