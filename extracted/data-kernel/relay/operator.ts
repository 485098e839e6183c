import { randomUUID } from "node:crypto";
import { invalid, notFound, ServiceError } from "@oms/chassis/errors/service-error.ts";
import { BEGINNING } from "../limits.ts";
import type { NamedState, Store } from "../store/port.ts";
import {
  ASKED,
  type Asked,
  CURSORS,
  type Cursor,
  cursorName,
  entryNamed,
  type LineName,
  lineOf,
  PARKED,
  parkedName,
  readParked,
} from "./records.ts";

/*
 * What an operator asks of the relay, of whichever kernel: it is written down in the store, and the leader, which may
 * be another kernel, does it when it next looks.
 */

/**
 * Replays a parked entry, and what waits behind it; or discards it, which sets those behind it free.
 * @throws NOT_FOUND on `id`; FAILED_PRECONDITION on `id` when it is to be replayed but waits behind another.
 */
export async function askFor(store: Store, what: "replay" | "discard", id: string): Promise<void> {
  const entry = entryNamed(id);
  const found = entry && (await store.readState(parkedName(entry)));
  if (!entry || !found) throw notFound("id", `nothing is parked as ${id}`);
  if (what === "replay" && readParked(found.value).behind) {
    const message = "waits behind another of its key: replay or discard that one";
    throw new ServiceError("FAILED_PRECONDITION", `id ${message}`, [{ field: "id", message }]);
  }
  await ask(store, { do: what, ...entry });
}

/**
 * Moves a cursor: the next commit delivered is the one after `commit`, BEGINNING the state before the first.
 * @throws NOT_FOUND on `sink` when there is no such cursor, on `branch`, on `at` when the branch lacks the commit.
 */
export async function move(store: Store, line: LineName, commit: string): Promise<Cursor> {
  const name = cursorName(line);
  if (!(await store.readState(name))) throw notFound("sink", `${line.sink} has no cursor on ${line.branch}`);
  const page = { beforeSequence: Number.MAX_SAFE_INTEGER, limit: 1 };
  const { commits } = await store.log({ branch: line.branch, at: commit, ...page });
  const [last] = commit === BEGINNING ? [] : commits;
  const cursor = { commit: last?.id ?? "", sequence: last?.sequence ?? 0 };
  // Wherever the leader has moved it meanwhile: this is where it is to be.
  for (let written = false; !written; ) {
    const version = (await store.readState(name))?.version ?? 0;
    written = await store.writeState({ name, value: JSON.stringify(cursor), version });
  }
  await ask(store, { do: "reopen", ...line });
  return cursor;
}

/**
 * Drops the cursors and parked entries of a sink that no kernel has any more, so that nothing waits for it.
 * @throws INVALID_ARGUMENT on `sink` when it is one of `running`.
 */
export async function forget(store: Store, sink: string, running: readonly string[]): Promise<number> {
  if (running.includes(sink)) throw invalid("sink", "is configured: only one that is not can be forgotten");
  const cursors = (await store.listStates(CURSORS)).filter(({ name }) => lineOf(name)?.sink === sink);
  const parked = await store.listStates(`${PARKED}${sink}/`);
  return remove(store, [...cursors, ...parked]);
}

/** Drops what is kept for branches that are gone. What is written meanwhile, for a branch made again, stays. */
export async function forgetGone(store: Store): Promise<void> {
  const states = [...(await store.listStates(CURSORS)), ...(await store.listStates(PARKED))];
  const branches = new Set((await store.listBranches()).map(({ name }) => name));
  const gone = states.filter(({ name }) => {
    const line = lineOf(name) ?? entryNamed(name.slice(PARKED.length));
    return line && !branches.has(line.branch);
  });
  await remove(store, gone);
}

async function remove(store: Store, states: readonly NamedState[]): Promise<number> {
  let removed = 0;
  for (const { name, version } of states)
    if (await store.writeState({ name, value: undefined, version })) removed++;
  return removed;
}

async function ask(store: Store, asked: Asked): Promise<void> {
  await store.writeState({ name: `${ASKED}${randomUUID()}`, value: JSON.stringify(asked), version: 0 });
}
