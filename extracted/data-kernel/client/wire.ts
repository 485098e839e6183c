import {
  ChangeKind,
  type Change as ChangeMessage,
  type Commit as CommitMessage,
  type DeepPartial,
  type Document,
  type Precondition as PreconditionMessage,
} from "@oms/protos/oms/kernel/v1/kernel.ts";
import type { Change, Commit, Doc, Precondition, Write } from "./types.ts";

export function writeMessage(write: Write) {
  if ("delete" in write) return { operation: { $case: "delete", value: write.delete } } as const;
  const { id, type, body } = write.put;
  return { operation: { $case: "put", value: { id, type, body: JSON.stringify(body) } } } as const;
}

export function preconditionMessage(precondition: Precondition): DeepPartial<PreconditionMessage> {
  if ("absent" in precondition) return { condition: { $case: "absent", value: precondition.absent } };
  if ("head" in precondition) return { condition: { $case: "head", value: precondition.head } };
  return { condition: { $case: "revision", value: precondition.revision } };
}

/** `T` is the caller's word for what it keeps under this type: the kernel knows bodies as JSON objects alone. */
export function toDoc<T>(document: Document): Doc<T> {
  const { id, type, body, revision } = document;
  return { id, type, body: JSON.parse(body) as T, revision };
}

export function toCommit(commit: CommitMessage): Commit {
  const { id, key, branch, author, message, traceId, timeMs, sequence } = commit;
  return { id, key, branch, author, message, traceId, timeMs, sequence };
}

const KINDS: Readonly<Record<number, Change["kind"]>> = {
  [ChangeKind.CHANGE_KIND_CREATED]: "created",
  [ChangeKind.CHANGE_KIND_UPDATED]: "updated",
  [ChangeKind.CHANGE_KIND_DELETED]: "deleted",
};

export function toChange({ kind, document }: ChangeMessage): Change {
  if (!document) throw new Error("the kernel answered a change without its document");
  return { kind: toKind(kind), document: toDoc(document) };
}

export function toKind(kind: ChangeKind): Change["kind"] {
  const known = KINDS[kind];
  if (!known) throw new Error(`the kernel answered with an unknown change ${kind}`);
  return known;
}
