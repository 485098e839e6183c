import { z } from "zod";
import type { Freeze } from "../freeze.ts";
import type { Change, Commit, Document } from "../port.ts";
import type { Gap } from "./gaps.ts";
import type { Inherited } from "./lineage.ts";
import { encodeName } from "./names.ts";
import type { Stored } from "./woql.ts";

/** The branch's one document of this class. `version` is another after every write to the branch: the fence. */
export type Head = {
  readonly version: string;
  readonly branch: string;
  readonly origin: string;
  readonly originCommit: string;
  readonly inherited: readonly Inherited[];
  readonly createdMs: number;
  /** How many commits it has, its origin's part included. */
  readonly position: number;
  readonly gaps: readonly Gap[];
  /** The kernel's id of the last commit; "" before the first. */
  readonly commit: string;
  readonly timeMs: number;
  readonly freeze: Freeze | undefined;
};

/** Which branch it was made on the head says, for branches are renamed. `parentStore` is the server's commit that the kernel's parent commit is read at. */
export type CommitRecord = {
  readonly position: number;
  readonly commit: Omit<Commit, "branch">;
  readonly fingerprint: string;
  readonly parent: string;
  readonly parentStore: string;
};

/** A body where it stands, or where it is to be found: those of a large commit are documents of their own. */
export type Content = { readonly body: string } | { readonly at: string };

/** A document but for its body: `bytes` is what it takes of a page, `position` that of the commit that wrote it. */
export type Known = Omit<Document, "body"> & {
  readonly position: number;
  readonly bytes: number;
  readonly content: Content;
};

/**
 * A change but for its body. A deletion has no content of its own: what it took away is among the changes at the
 * position where it was written last.
 */
export type Entry = {
  readonly kind: Change["kind"];
  readonly id: string;
  readonly type: string;
  readonly revision: string;
  readonly position: number;
  readonly bytes: number;
  readonly content?: Content;
};

/** Ids of the documents a commit changed. */
export type Touched = Readonly<Record<Change["kind"], readonly string[]>>;

export const HEAD = "Head/head";
export const commitAt = (position: number) => `Commit/${position}`;
export const touchedAt = (position: number) => `Touched/${position}`;
export const changesAt = (position: number) => `Changes/${position}`;
export const whereId = (commit: string) => `CommitId/${encodeName(commit)}`;
export const keyId = (key: string) => `CommitKey/${encodeName(key)}`;
export const bodyId = (nonce: string, index: number) => `Body/${encodeName(nonce)}-${index}`;
export const documentId = (id: string) => `Document/${encodeName(id)}`;
export const stateId = (name: string) => `State/${encodeName(name)}`;

/** A commit id of our making says where its commit most likely is, which saves a look for it. */
export function commitId(position: number, nonce: string): string {
  return `${position}.${nonce}`;
}

/** 0 for an id that says nothing. */
export function likelyPositionOf(commitId: string): number {
  return Number(/^([1-9]\d{0,14})\./.exec(commitId)?.[1] ?? 0);
}

const number = z.string().transform(Number);
const set = z
  .union([z.string().transform((only) => [only]), z.array(z.string())])
  .optional()
  .transform((given) => given ?? []);

const head = z
  .object({
    version: z.string(),
    branch: z.string(),
    origin: z.string(),
    originCommit: z.string(),
    inherited: z.string().transform((text) => JSON.parse(text) as readonly Inherited[]),
    createdMs: number,
    position: number,
    gaps: z.string().transform((text) => JSON.parse(text) as readonly Gap[]),
    commit: z.string(),
    timeMs: number,
    frozenBy: z.string().optional(),
    frozenUntilMs: number.optional(),
  })
  .transform(({ frozenBy, frozenUntilMs = 0, ...rest }): Head => {
    const freeze = frozenBy === undefined ? undefined : { token: frozenBy, untilMs: frozenUntilMs };
    return { ...rest, freeze };
  });
const commitRecord = z
  .object({
    commitId: z.string(),
    key: z.string(),
    author: z.string(),
    message: z.string(),
    traceId: z.string(),
    timeMs: number,
    sequence: number,
    position: number,
    fingerprint: z.string(),
    parent: z.string(),
    parentStore: z.string(),
  })
  .transform((stored): CommitRecord => {
    const { position, fingerprint, parent, parentStore, commitId: id, ...rest } = stored;
    return { position, commit: { id, ...rest }, fingerprint, parent, parentStore };
  });
const touched = z.object({ created: set, updated: set, deleted: set });
const changes = z
  .object({ entries: z.string() })
  .transform((stored) => JSON.parse(stored.entries) as readonly Entry[]);
const place = z.object({ position: number });
const document = z
  .object({
    documentId: z.string(),
    documentType: z.string(),
    revision: z.string(),
    position: number,
    bytes: number,
    body: z.string().optional(),
    bodyAt: z.string().optional(),
  })
  .transform(({ documentId: id, documentType: type, body, bodyAt = "", ...rest }): Known => {
    return { id, type, ...rest, content: body === undefined ? { at: bodyAt } : { body } };
  });
const body = z.object({ body: z.string() });
const state = z.object({
  name: z.string(),
  value: z.string().optional(),
  version: number,
  writer: z.string(),
});

/** Each reads what the function of the same name below writes. */
export const readHead = (stored: unknown): Head => head.parse(stored);
export const readCommit = (stored: unknown): CommitRecord => commitRecord.parse(stored);
export const readTouched = (stored: unknown): Touched => touched.parse(stored);
export const readEntries = (stored: unknown): readonly Entry[] => changes.parse(stored);
/** Of a CommitKey or a CommitId that may be missing. */
export const readPlace = (stored: unknown): { readonly position: number } | undefined =>
  place.optional().parse(stored);
export const readDocument = (stored: unknown): Known => document.parse(stored);
export const readBody = (stored: unknown): string => body.parse(stored).body;
export const readState = (stored: unknown): StoredState => state.parse(stored);

/** `value` undefined: removed, and kept so that no version comes twice. `writer` names the call that wrote it. */
export type StoredState = {
  readonly name: string;
  readonly value?: string | undefined;
  readonly version: number;
  readonly writer: string;
};

export function storedHead({ freeze, createdMs, position, gaps, inherited, timeMs, ...rest }: Head): Stored {
  return {
    "@id": HEAD,
    "@type": "Head",
    ...rest,
    createdMs: `${createdMs}`,
    position: `${position}`,
    gaps: JSON.stringify(gaps),
    inherited: JSON.stringify(inherited),
    timeMs: `${timeMs}`,
    ...(freeze && { frozenBy: freeze.token, frozenUntilMs: `${freeze.untilMs}` }),
  };
}

export function storedCommit({ position, commit, ...record }: CommitRecord): Stored {
  const { id, sequence, timeMs, ...rest } = commit;
  return {
    "@id": commitAt(position),
    "@type": "Commit",
    ...rest,
    ...record,
    commitId: id,
    timeMs: `${timeMs}`,
    sequence: `${sequence}`,
    position: `${position}`,
  };
}

export function storedTouched(position: number, entries: readonly Entry[]): Stored {
  const ids = (kind: Change["kind"]) => entries.filter((each) => each.kind === kind).map(({ id }) => id);
  return {
    "@id": touchedAt(position),
    "@type": "Touched",
    position: `${position}`,
    created: ids("created"),
    updated: ids("updated"),
    deleted: ids("deleted"),
  };
}

export function storedEntries(position: number, entries: readonly Entry[]): Stored {
  return { "@id": changesAt(position), "@type": "Changes", entries: JSON.stringify(entries) };
}

export function storedKey(key: string, position: number): Stored {
  return { "@id": keyId(key), "@type": "CommitKey", position: `${position}` };
}

export function storedPlace(commit: string, position: number): Stored {
  return { "@id": whereId(commit), "@type": "CommitId", position: `${position}` };
}

export function storedDocument(known: Known, refers: readonly string[]): Stored {
  const { id, type, revision, position, bytes, content } = known;
  return {
    "@id": documentId(id),
    "@type": "Document",
    documentId: id,
    documentType: type,
    revision,
    position: `${position}`,
    bytes: `${bytes}`,
    refers,
    ...("body" in content ? content : { bodyAt: content.at }),
  };
}

export function storedBody(at: string, body: string): Stored {
  return { "@id": at, "@type": "Body", body };
}

export function storedState({ name, value, version, writer }: StoredState): Stored {
  return {
    "@id": stateId(name),
    "@type": "State",
    name,
    version: `${version}`,
    writer,
    ...(value !== undefined && { value }),
  };
}
