import { notFound } from "@oms/chassis/errors/service-error.ts";
import { BEGINNING } from "../../limits.ts";
import type { Database, Snapshot } from "./database.ts";
import { Refused } from "./errors.ts";
import { storeBranchOf } from "./names.ts";
import {
  commitAt,
  HEAD,
  type Head,
  likelyPositionOf,
  readCommit,
  readHead,
  readPlace,
  whereId,
} from "./records.ts";

/** A branch's head, with other documents of the same moment. */
export type BranchSnapshot = Snapshot & { readonly head: Head };

/** A branch as of one of its commits. */
export type Moment = {
  readonly head: Head;
  readonly position: number;
  /** "" before the first commit. */
  readonly id: string;
  readonly timeMs: number;
  /** The server's commit to read it at; undefined: before the first commit, where nothing is. */
  readonly store: string | undefined;
};

/** How the caller spelled what is looked for. */
type Fields = { readonly branch: string; readonly at: string };
const AS_ASKED: Fields = { branch: "branch", at: "at" };

type Asked = { readonly branch: string; readonly at: string };

/** @throws NOT_FOUND on `field`. */
export async function readBranch(
  database: Database,
  branch: string,
  { ids = [], field = "branch" }: { readonly ids?: readonly string[]; readonly field?: string } = {},
): Promise<BranchSnapshot> {
  try {
    const snapshot = await database.read(`branch/${storeBranchOf(branch)}`, [HEAD, ...ids]);
    return { ...snapshot, head: readHead(snapshot.documents.get(HEAD)) };
  } catch (error) {
    if (isUnknownBranch(error)) throw notFound(field, `there is no branch ${branch}`);
    throw error;
  }
}

function isUnknownBranch(error: unknown): boolean {
  return error instanceof Refused && error.type === "api:UnresolvableAbsoluteDescriptor";
}

/**
 * The server's commit in which commit n was made is told by commit n+1, which knew it when it was made; of the last
 * one it is the branch's own head. So no id that a caller gave ever reaches a path.
 */
export async function momentOf(
  database: Database,
  { branch, at }: Asked,
  fields: Fields = AS_ASKED,
): Promise<Moment> {
  const named = at !== "" && at !== BEGINNING;
  const likely = named ? likelyPositionOf(at) : 0;
  const ids = named ? [whereId(at), commitAt(likely), commitAt(likely + 1)] : [];
  const snapshot = await readBranch(database, branch, { ids, field: fields.branch });
  const { head, commit: store } = snapshot;
  if (at === "") return { head, position: head.position, id: head.commit, timeMs: head.timeMs, store };
  if (at === BEGINNING) return { head, position: 0, id: "", timeMs: 0, store: undefined };
  const position = readPlace(snapshot.documents.get(whereId(at)))?.position;
  if (position === undefined) throw notFound(fields.at, `the branch has no commit ${at}`);
  const documents = position === likely ? snapshot.documents : await neighbours(database, store, position);
  const { timeMs } = readCommit(documents.get(commitAt(position))).commit;
  const next = documents.get(commitAt(position + 1));
  return { head, position, id: at, timeMs, store: next === undefined ? store : readCommit(next).parentStore };
}

async function neighbours(database: Database, store: string, position: number) {
  return (await database.read(`commit/${store}`, [commitAt(position), commitAt(position + 1)])).documents;
}
