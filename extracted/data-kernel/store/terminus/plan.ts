import { documentBytes } from "../../room.ts";
import type { Effect } from "../evaluate.ts";
import type { Commit, CommitTerms } from "../port.ts";
import type { Found } from "./decide.ts";
import { sequenceAt } from "./gaps.ts";
import type { BranchSnapshot } from "./moment.ts";
import type { Content, Entry, Head, Known } from "./records.ts";
import * as records from "./records.ts";
import { holds, insert, type Query, remove, replace, type Stored } from "./woql.ts";

/** A change on its way in, with what its body is told from. */
export type Planned = Entry & {
  readonly content: Content;
  readonly before: Known | undefined;
  readonly refers: readonly string[];
};

/** `revision` and `position` are the commit's; "" and 0 when there is none. */
export function plannedOf(
  { before, after, refers }: Effect<Found>,
  { id: revision, position }: { readonly id: string; readonly position: number },
): Planned {
  if (!after) return { kind: "deleted", ...before.known, before: before.known, refers };
  const { id, type, body } = after;
  const bytes = documentBytes({ id, type, body, revision });
  const kind = before ? "updated" : "created";
  return { kind, id, type, revision, position, bytes, content: { body }, before: before?.known, refers };
}

/** The change as it is kept, its body at `content`. */
export function keptOf({ content: _, before: __, refers: ___, ...entry }: Planned, content: Content): Entry {
  return entry.kind === "deleted" ? entry : { ...entry, content };
}

/** What of the branch's documents a change writes. */
export function writeOf({ before, refers }: Planned, { content, ...entry }: Entry): Query {
  if (!content) return remove(records.documentId(entry.id));
  const document = records.storedDocument({ ...entry, content }, refers);
  return before ? replace(document) : insert(document);
}

/** What is said of a commit that is about to be made; its place on the branch says the rest. */
export type Saying = Omit<CommitTerms, "preconditions"> & { readonly id: string };

export function commitOf(saying: Saying, head: Head): Commit {
  const { id, branch, key, author, message, traceId } = saying;
  const timeMs = Math.max(saying.timeMs, head.timeMs);
  const sequence = sequenceAt(head.gaps, head.position + 1);
  return { id, key, branch, author, message, traceId, timeMs, sequence };
}

type Made = {
  readonly commit: Commit;
  readonly fingerprint: string;
  readonly entries: readonly Entry[];
  readonly keyIsThere: boolean;
};

/** The part of a transaction that makes the commit, and holds only while the head is the one that was read. */
export function recordOf({ head, commit: parentStore }: BranchSnapshot, made: Made): Query[] {
  const { entries, fingerprint, keyIsThere } = made;
  const { branch: _, ...commit } = made.commit;
  const { id, timeMs, key } = commit;
  const position = head.position + 1;
  const next = { ...head, version: id, position, commit: id, timeMs, freeze: undefined };
  const added: Stored[] = [
    records.storedCommit({ position, commit, fingerprint, parent: head.commit, parentStore }),
    records.storedPlace(id, position),
    records.storedTouched(position, entries),
    records.storedEntries(position, entries),
  ];
  return [
    holds(records.HEAD, "version", head.version),
    replace(records.storedHead(next)),
    (keyIsThere ? replace : insert)(records.storedKey(key, position)),
    ...added.map(insert),
  ];
}
