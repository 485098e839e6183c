import { randomUUID } from "node:crypto";
import type { NamedState, State, StateWrite } from "../port.ts";
import { byUtf8 } from "../utf8.ts";
import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";
import { Refused } from "./errors.ts";
import { Overtaken, untilDone } from "./overtaken.ts";
import { readState as parse, type StoredState, stateId, storedState } from "./records.ts";
import { STATES } from "./setup.ts";
import { holds, replace } from "./woql.ts";

const INFO = { author: "data-kernel", message: "state" };

export async function readState({ database }: Connection, name: string): Promise<State | undefined> {
  const found = await find(database, name);
  return found && present(found);
}

/** The nonce in `writer` tells a write of ours that was not answered from one of somebody else. */
export function writeState({ database, patience }: Connection, request: StateWrite): Promise<boolean> {
  const { name, value, version } = request;
  const writer = randomUUID();
  return untilDone(async () => {
    const found = await find(database, name);
    if (found?.writer === writer) return true;
    if ((found && present(found)?.version) !== (version || undefined)) return false;
    if (!found && value === undefined) return true;
    const next = { name, value, version: (found?.version ?? 0) + 1, writer };
    // A first try that came late may have been the quicker one: the next look tells whose it was.
    if (!(await (found ? swap(database, found, next) : add(database, next)))) throw new Overtaken();
    return true;
  }, patience);
}

export async function listStates({ database }: Connection, prefix: string): Promise<NamedState[]> {
  const all = (await database.documentsOf(`branch/${STATES}`, "State")).map(parse);
  const listed = all.filter(({ name }) => name.startsWith(prefix)).sort((a, b) => byUtf8(a.name, b.name));
  return listed.flatMap((found) => {
    const state = present(found);
    return state ? [{ name: found.name, ...state }] : [];
  });
}

async function find(database: Database, name: string): Promise<StoredState | undefined> {
  const id = stateId(name);
  const { documents } = await database.read(`branch/${STATES}`, [id]);
  const stored = documents.get(id);
  return stored === undefined ? undefined : parse(stored);
}

function present({ value, version }: StoredState): State | undefined {
  return value === undefined ? undefined : { value, version };
}

async function swap(database: Database, { name, writer }: StoredState, next: StoredState): Promise<boolean> {
  const parts = [holds(stateId(name), "writer", writer), replace(storedState(next))];
  return (await database.transact(STATES, parts, INFO)) !== undefined;
}

async function add(database: Database, next: StoredState): Promise<boolean> {
  try {
    await database.insert(STATES, [storedState(next)], INFO);
    return true;
  } catch (error) {
    if (error instanceof Refused && error.code === "ALREADY_EXISTS") return false;
    throw error;
  }
}
