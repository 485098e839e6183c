import type { Branch, NamedState, Store } from "../store/port.ts";
import { isAbsent } from "./absent.ts";
import {
  CURSORS,
  type Cursor,
  entryNamed,
  LEADER,
  type LineName,
  lineOf,
  PARKED,
  type Parked,
  readCursor,
  readLeader,
  readParked,
  type Trouble,
} from "./records.ts";

/** How one sink stands on one branch. `pending` commits are not delivered yet; of very many, the newest are counted. */
export type LineStatus = LineName & {
  readonly state: "caught up" | "behind" | "failing" | "stopped" | "not run";
  readonly cursor: Cursor;
  readonly head: string;
  readonly pending: number;
  readonly lagSeconds: number;
  readonly trouble?: Pick<Trouble, "attempts" | "error" | "sinceMs">;
  /** What an operator can do about it. */
  readonly advice?: string;
};

export type ParkedStatus = Parked & { readonly id: string; readonly sink: string; readonly branch: string };

export type RelayStatus = {
  readonly leader: string;
  readonly lines: readonly LineStatus[];
  readonly parked: readonly ParkedStatus[];
  /** What somebody has to look at, a line each. */
  readonly alarms: readonly string[];
};

type Known = { readonly sinks: readonly string[]; readonly nowMs: number };
const MOST_COUNTED = 1000;

/** How the relay stands, by what is in the store: the same from every kernel. `sinks` are those this kernel has. */
export async function statusOf(store: Store, known: Known): Promise<RelayStatus> {
  const [cursors, parked, leader] = await Promise.all([
    store.listStates(CURSORS),
    store.listStates(PARKED),
    store.readState(LEADER),
  ]);
  const { owner, troubles } = leader ? readLeader(leader.value) : { owner: "", troubles: [] };
  const branches = new Map((await store.listBranches()).map((branch) => [branch.name, branch]));
  const lines: LineStatus[] = [];
  for (const state of cursors) {
    const line = lineOf(state.name);
    const branch = line && branches.get(line.branch);
    if (!branch) continue;
    const trouble = troubles.find((each) => each.sink === line.sink && each.branch === line.branch);
    const { cursor } = readCursor(state.value);
    lines.push(await lineStatus(store, { ...line, branch, cursor, trouble, ...known }));
  }
  const entries = parked.flatMap(parkedStatus);
  return { leader: owner, lines, parked: entries, alarms: alarmsOf(lines, entries, owner) };
}

type Asked = Known & {
  readonly sink: string;
  readonly branch: Branch;
  readonly cursor: Cursor;
  readonly trouble: Trouble | undefined;
};

async function lineStatus(store: Store, asked: Asked): Promise<LineStatus> {
  const { sink, branch, cursor, trouble, nowMs } = asked;
  const pending = cursor.commit === branch.head ? [] : await pendingOf(store, branch.name, cursor);
  const oldest = pending.at(-1)?.timeMs ?? nowMs;
  const state = await stateOf(store, asked, pending.length);
  const advice = ADVICE[state];
  return {
    sink,
    branch: branch.name,
    state,
    cursor,
    head: branch.head,
    pending: pending.length,
    lagSeconds: Math.max(0, nowMs - oldest) / 1000,
    ...(trouble && {
      trouble: { attempts: trouble.attempts, error: trouble.error, sinceMs: trouble.sinceMs },
    }),
    ...(advice !== undefined && { advice }),
  };
}

const ADVICE: Readonly<Partial<Record<LineStatus["state"], string>>> = {
  failing: "it is tried again by itself, at least every 5 seconds, until the sink takes it",
  stopped:
    "the branch's log does not have the cursor's commit, as after a restore: look at what the sink has, then `kernel relay move`",
  "not run": "no sink of this name is configured: configure it, or `kernel relay forget`",
};

async function stateOf(store: Store, asked: Asked, pending: number): Promise<LineStatus["state"]> {
  if (!asked.sinks.includes(asked.sink)) return "not run";
  if (!(await isInLog(store, asked.branch.name, asked.cursor))) return "stopped";
  if (asked.trouble) return "failing";
  return pending > 0 ? "behind" : "caught up";
}

async function pendingOf(store: Store, branch: string, { sequence }: Cursor) {
  const beforeSequence = Number.MAX_SAFE_INTEGER;
  const { commits } = await store.log({ branch, at: "", beforeSequence, limit: MOST_COUNTED });
  return commits.filter((commit) => commit.sequence > sequence);
}

async function isInLog(store: Store, branch: string, { commit: at }: Cursor): Promise<boolean> {
  if (at === "") return true;
  try {
    await store.log({ branch, at, beforeSequence: Number.MAX_SAFE_INTEGER, limit: 1 });
    return true;
  } catch (error) {
    if (isAbsent(error, "at")) return false;
    throw error;
  }
}

function parkedStatus({ name, value }: NamedState): ParkedStatus[] {
  const id = name.slice(PARKED.length);
  const entry = entryNamed(id);
  return entry ? [{ id, sink: entry.sink, branch: entry.branch, ...readParked(value) }] : [];
}

function alarmsOf(lines: readonly LineStatus[], parked: readonly ParkedStatus[], owner: string): string[] {
  const unwell = lines.filter(({ state }) => ADVICE[state] !== undefined);
  const failed = parked.filter(({ behind }) => !behind);
  return [
    ...(owner === "" ? ["no kernel leads: nothing is delivered"] : []),
    ...unwell.map(({ sink, branch, state, trouble }) => {
      return `${sink} on ${branch} is ${state}${trouble ? `: ${trouble.error}` : ""}`;
    }),
    ...failed.map(({ id, reason }) => `${id} is parked: ${reason}`),
  ];
}
