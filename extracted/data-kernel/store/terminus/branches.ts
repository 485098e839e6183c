import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Branch, NewBranch } from "../port.ts";
import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";
import { Refused } from "./errors.ts";
import { headOnTopOf } from "./heads.ts";
import { inheritedUpTo } from "./lineage.ts";
import { momentOf, readBranch } from "./moment.ts";
import { kernelBranchOf, storeBranchOf } from "./names.ts";
import { untilDone } from "./overtaken.ts";
import type { Head } from "./records.ts";
import { rootCommit } from "./setup.ts";

/** Reads at a time: the server gives a worker to each. */
const READERS = 4;

/** The branch is made at a commit that holds its head already: it is never there without. */
export function createBranch(connection: Connection, request: NewBranch): Promise<Branch> {
  const { database, patience } = connection;
  return untilDone(async () => {
    const found = await findHead(database, request.name);
    if (found) return agreeing(database, request, found);
    const start = await startOf(database, request);
    const made = headOf(request, start);
    const branch = branchOf(made);
    const store = start.store ?? (await rootCommit(database));
    const commit = await headOnTopOf(connection, store, (head) => ({ ...head, ...made }));
    try {
      await createAt(database, request.name, commit);
      return branch;
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== "ALREADY_EXISTS") throw error;
      return agreeing(database, request, (await readBranch(database, request.name)).head);
    }
  }, patience);
}

export async function evaluateBranch({ database }: Connection, request: NewBranch): Promise<Branch> {
  const found = await findHead(database, request.name);
  if (found) return agreeing(database, request, found);
  return branchOf(headOf(request, await startOf(database, request)));
}

export async function listBranches({ database }: Connection): Promise<Branch[]> {
  return (await headsOf(database)).map(branchOf);
}

/** Of all the kernel's branches, by name. */
export async function headsOf(database: Database): Promise<Head[]> {
  const names = (await database.branches()).flatMap((name) => kernelBranchOf(name) ?? []).sort();
  const heads: Head[] = [];
  for (let start = 0; start < names.length; start += READERS) {
    const some = names.slice(start, start + READERS).map((name) => findHead(database, name));
    heads.push(...(await Promise.all(some)).filter((head) => head !== undefined));
  }
  return heads;
}

export function branchOf({ branch, commit, origin, originCommit, createdMs }: BranchFields): Branch {
  return { name: branch, head: commit, origin, originCommit, createdMs };
}

type BranchFields = Pick<Head, "branch" | "commit" | "origin" | "originCommit" | "createdMs">;

export async function findHead(database: Database, name: string): Promise<Head | undefined> {
  try {
    return (await readBranch(database, name)).head;
  } catch (error) {
    if (error instanceof ServiceError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

type Start = Pick<Head, "position" | "commit" | "timeMs" | "inherited"> & {
  readonly store: string | undefined;
};

async function startOf(database: Database, { origin: branch, at }: NewBranch): Promise<Start> {
  if (!branch) return { position: 0, commit: "", timeMs: 0, inherited: [], store: undefined };
  const moment = await momentOf(database, { branch, at }, { branch: "origin", at: "at" });
  const { position, id: commit, timeMs, store } = moment;
  return { position, commit, timeMs, inherited: inheritedUpTo(position, moment.head), store };
}

function headOf({ name: branch, origin, timeMs: createdMs }: NewBranch, { store: _, ...start }: Start) {
  return { ...start, branch, origin, originCommit: start.commit, createdMs, freeze: undefined };
}

/** The branch that is there, when it is what the request would have made; an open `at` agrees with any commit. */
async function agreeing(database: Database, request: NewBranch, found: Head): Promise<Branch> {
  const agrees =
    found.origin === request.origin &&
    (request.at === "" || (await startOf(database, request)).commit === found.originCommit);
  if (agrees) return branchOf(found);
  const message = "exists with another origin or commit";
  throw new ServiceError("ALREADY_EXISTS", `name ${message}`, [{ field: "name", message }]);
}

export async function createAt(database: Database, name: string, commit: string): Promise<void> {
  const path = `branch/${database.path(`local/branch/${storeBranchOf(name)}`)}`;
  const origin = database.path(`local/commit/${commit}`);
  await database.send({ method: "POST", path, body: { origin } });
}
