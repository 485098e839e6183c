import { identityOf as nameOf } from "@oms/events/event.ts";
import { CloudEvent } from "cloudevents";
import type { Change, Commit } from "../../store/port.ts";
import type { Entry } from "../sink.ts";
import { traceparentOf } from "./traceparent.ts";

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
const sourceOf = (branch: string) => `/branches/${branch}`;
const idOf = ({ commit, n }: Entry) => `${commit.key}/${n}`;

/** The event among those of all branches. */
export function identityOf(branch: string, entry: Entry): string {
  return nameOf({ source: sourceOf(branch), id: idOf(entry) });
}

/**
 * A CloudEvents 1.0 event in the JSON format, the same whenever it is made; without the document where it would be
 * more than `most` bytes.
 */
export function commitEvent(branch: string, entry: Entry, most: number): string {
  const whole = JSON.stringify(eventOf(branch, entry, true));
  return Buffer.byteLength(whole) <= most ? whole : JSON.stringify(eventOf(branch, entry, false));
}

function eventOf(branch: string, entry: Entry, withBody: boolean): CloudEvent<ChangeData> {
  const { commit, changes } = entry;
  const [change] = changes;
  if (!change) throw new Error("an event needs a change");
  const traceparent = traceparentOf(commit);
  return new CloudEvent<ChangeData>({
    specversion: "1.0",
    id: idOf(entry),
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
