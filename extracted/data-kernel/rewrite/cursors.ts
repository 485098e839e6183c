import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { z } from "zod";
import type { Branch, Store } from "../store/port.ts";

/** How far a follower of a branch is: the last commit it has dealt with, "" for the state before the first. */
const cursor = z.object({ commit: z.string(), sequence: z.int() });
export type Cursor = z.infer<typeof cursor>;

const CURSORS = "relay/cursor/";
const cursorName = (follower: string, branch: string): string => `${CURSORS}${follower}/${branch}`;

/**
 * What a rewrite is about to do: who stood at `head` goes on at `to`, or, null, as if it had never begun. It
 * outlives a process that dies between rewriting and moving the cursors.
 */
const note = z.object({ head: z.string(), to: cursor.nullable() });
export type Note = z.infer<typeof note>;

const noteName = (branch: string): string => `rewrite/${branch}`;

/** Whether `follower` has seen all of the branch; one without a cursor is where the branch began. */
export async function isAtHead(store: Store, follower: string, branch: Branch): Promise<boolean> {
  const found = await store.readState(cursorName(follower, branch.name));
  const at = found ? cursor.parse(JSON.parse(found.value)).commit : branch.originCommit;
  return at === branch.head;
}

export async function leaveNote(store: Store, branch: string, left: Note): Promise<void> {
  const name = noteName(branch);
  const version = (await store.readState(name))?.version ?? 0;
  if (await store.writeState({ name, value: JSON.stringify(left), version })) return;
  const message = "is rewritten by somebody else";
  throw new ServiceError("UNAVAILABLE", `name ${message}`, [{ field: "name", message }]);
}

/**
 * Moves the cursors that a rewrite of the branch took the ground from. Anybody may, at any time, as often as they
 * like: the one who rewrote it, or a follower whose commit is no longer there.
 */
export async function moveCursors(store: Store, branch: string): Promise<void> {
  const found = await store.readState(noteName(branch));
  if (!found) return;
  const { head, to } = note.parse(JSON.parse(found.value));
  if (await has(store, branch, head)) return;
  for (const { name } of await store.listStates(CURSORS)) {
    if (branchOf(name) === branch) await move(store, name, { head, to });
  }
  await store.writeState({ name: noteName(branch), value: undefined, version: found.version });
}

/** Where a follower of a branch goes on, wherever it was. */
export async function placeCursor(
  store: Store,
  { follower, branch }: { readonly follower: string; readonly branch: string },
  at: Cursor,
): Promise<void> {
  const name = cursorName(follower, branch);
  for (;;) {
    const version = (await store.readState(name))?.version ?? 0;
    if (await store.writeState({ name, value: JSON.stringify(at), version })) return;
  }
}

async function move(store: Store, name: string, { head, to }: Note): Promise<void> {
  for (;;) {
    const found = await store.readState(name);
    if (!found || cursor.parse(JSON.parse(found.value)).commit !== head) return;
    const value = to ? JSON.stringify(to) : undefined;
    if (await store.writeState({ name, value, version: found.version })) return;
  }
}

/** `relay/cursor/<follower>/<branch>`: a branch has slashes, a follower has none. */
function branchOf(name: string): string {
  return name.slice(CURSORS.length).replace(/^[^/]*\//, "");
}

async function has(store: Store, branch: string, commit: string): Promise<boolean> {
  try {
    await store.log({ branch, at: commit, beforeSequence: Number.MAX_SAFE_INTEGER, limit: 1 });
    return true;
  } catch (error) {
    if (error instanceof ServiceError && error.code === "NOT_FOUND") return false;
    throw error;
  }
}
