import { z } from "zod";

/** What the relay keeps in the store's states, by name. A branch is its sink's until the third slash. */
export const CURSORS = "relay/cursor/";
export const PARKED = "relay/parked/";
/** What an operator has asked for and the leader has not yet done. */
export const ASKED = "relay/asked/";
export const LEADER = "relay/leader";

/** One sink on one branch. */
export type LineName = { readonly sink: string; readonly branch: string };
/** A parked entry: its line, and its place in the branch's log. */
export type EntryName = LineName & { readonly sequence: number; readonly n: number };

/** The last commit all of whose entries are delivered or parked; commit "" is the state before the first. */
export type Cursor = { readonly commit: string; readonly sequence: number };
/** `owner` is the opening that may move it; absent when a rewrite of the branch put it there. */
const cursor = z.object({ commit: z.string(), sequence: z.int(), owner: z.string().optional() });

const parked = z.object({
  commit: z.string(),
  key: z.string(),
  /** Why it parks; when it only waits behind another of its key, that is said instead. */
  reason: z.string(),
  behind: z.boolean(),
  /** Unix milliseconds. */
  sinceMs: z.number(),
});
export type Parked = z.infer<typeof parked>;

const place = { sink: z.string(), branch: z.string() };

const asked = z.discriminatedUnion("do", [
  z.object({ do: z.literal("replay"), ...place, sequence: z.int(), n: z.int() }),
  z.object({ do: z.literal("discard"), ...place, sequence: z.int(), n: z.int() }),
  /** The cursor has been moved already: the line begins again from it. */
  z.object({ do: z.literal("reopen"), ...place }),
]);
export type Asked = z.infer<typeof asked>;

const trouble = z.object({
  ...place,
  attempts: z.int(),
  sinceMs: z.number(),
  error: z.string(),
});
/** A line that does not get on. */
export type Trouble = z.infer<typeof trouble>;

const leader = z.object({ owner: z.string(), troubles: z.array(trouble) });
/** Who delivers, and what it has to report; owner "" has let go. */
export type Leader = z.infer<typeof leader>;

export function readCursor(value: string): { readonly cursor: Cursor; readonly owner: string | undefined } {
  const { owner, ...read } = cursor.parse(JSON.parse(value));
  return { cursor: read, owner };
}

export function writeCursor({ commit, sequence }: Cursor, owner: string): string {
  return JSON.stringify({ commit, sequence, owner } satisfies z.infer<typeof cursor>);
}

export const readParked = (value: string): Parked => parked.parse(JSON.parse(value));
export const readAsked = (value: string): Asked => asked.parse(JSON.parse(value));
export const readLeader = (value: string): Leader => leader.parse(JSON.parse(value));

/** The line of a cursor's name; undefined for any other name. */
export function lineOf(name: string): LineName | undefined {
  const [, sink, branch] = /^([^/]+)\/(.+)$/.exec(name.slice(CURSORS.length)) ?? [];
  return name.startsWith(CURSORS) && sink && branch ? { sink, branch } : undefined;
}

export const cursorName = ({ sink, branch }: LineName): string => `${CURSORS}${sink}/${branch}`;
export const parkedOf = ({ sink, branch }: LineName): string => `${PARKED}${sink}/${branch}/`;
export const parkedName = (entry: EntryName): string => `${PARKED}${entryId(entry)}`;

/** As operators name it: `events/dev/oms/main/42-0`. */
export function entryId({ sink, branch, sequence, n }: EntryName): string {
  return `${sink}/${branch}/${sequence}-${n}`;
}

const ENTRY = /^([^/]+)\/(.+)\/(\d+)-(\d+)$/;

/** The reverse of `entryId`; undefined for anything else. */
export function entryNamed(id: string): EntryName | undefined {
  const [, sink, branch, sequence, n] = ENTRY.exec(id) ?? [];
  if (!sink || !branch) return undefined;
  return { sink, branch, sequence: Number(sequence), n: Number(n) };
}
