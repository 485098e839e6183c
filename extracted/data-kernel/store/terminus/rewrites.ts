import { randomUUID } from "node:crypto";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { BEGINNING } from "../../limits.ts";
import { refuseFrozen } from "../freeze.ts";
import type { Branch, Deletion, Renaming, Reset } from "../port.ts";
import { branchOf, createAt, findHead, headsOf } from "./branches.ts";
import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";
import { Refused } from "./errors.ts";
import { thawBranch } from "./freezes.ts";
import { gapsAfterReset } from "./gaps.ts";
import { changeHead, headOnTopOf, reset } from "./heads.ts";
import { forkOf, inheritedUpTo } from "./lineage.ts";
import { type Moment, momentOf, readBranch } from "./moment.ts";
import { storeBranchOf } from "./names.ts";
import { untilDone } from "./overtaken.ts";
import type { Head } from "./records.ts";
import { rootCommit } from "./setup.ts";

/**
 * Neither deletion nor reset has a condition that the server would check, so the branch is held still for them. Who
 * comes later than this to the request itself does not make it.
 */
const HOLD_MS = 30_000;

export async function evaluateDeletion({ database }: Connection, request: Deletion): Promise<void> {
  const { head } = await readBranch(database, request.name, { field: "name" });
  requireAsked(head, request);
  await refuseWhileStartedFrom(database, head, { after: -1, field: "name" });
}

export async function deleteBranch(connection: Connection, request: Deletion): Promise<void> {
  await evaluateDeletion(connection, request);
  await holding(connection, request, (held) => remove(connection, held));
}

export async function evaluateReset({ database }: Connection, request: Reset): Promise<Branch> {
  const { head, to } = await resettable(database, request);
  return branchOf(resetHead(head, to));
}

export async function resetBranch(connection: Connection, request: Reset): Promise<Branch> {
  const { database, patience } = connection;
  const { head, to } = await resettable(database, request);
  if (head.commit === to.id) return branchOf(head);
  return holding(connection, request, async (held) => {
    const store = to.store ?? (await rootCommit(database));
    // Still frozen: what was not answered is done again, and nobody may have committed in between.
    const next = resetHead(held.head, to);
    const commit = await headOnTopOf(connection, store, () => next);
    await untilDone(async () => {
      held.require();
      await reset(database, storeBranchOf(request.name), commit);
    }, patience);
    return branchOf(next);
  });
}

/**
 * The branch is made again under its new name, and held still under the old one until that is taken away: in between,
 * and if the kernel ends there, both are there. Asked again it goes on.
 */
export async function renameBranch(connection: Connection, { name, to }: Renaming): Promise<void> {
  const { database, patience } = connection;
  const request = { name, head: "", token: "", nowMs: Date.now() };
  await readBranch(database, name, { field: "name" });
  await holding(connection, request, async (held) => {
    await untilDone(() => makeAgain(connection, held.head, to), patience);
    await remove(connection, held);
  });
}

async function makeAgain(connection: Connection, head: Head, to: string): Promise<void> {
  const { database } = connection;
  const found = await findHead(database, to);
  if (found && found.commit === head.commit && found.createdMs === head.createdMs) return;
  if (found) throw taken();
  const { commit: store } = await readBranch(database, head.branch);
  const made = { ...head, branch: to, freeze: undefined };
  await createAt(database, to, await headOnTopOf(connection, store, () => made));
}

function taken(): ServiceError {
  const message = "is a branch already";
  return new ServiceError("ALREADY_EXISTS", `to: ${message}`, [{ field: "to", message }]);
}

/** Done again, it leaves alone what somebody has made under the name since. */
async function remove({ database, patience }: Connection, held: Held): Promise<void> {
  const { branch, freeze } = held.head;
  const path = `branch/${database.path(`local/branch/${storeBranchOf(branch)}`)}`;
  let again = false;
  await untilDone(async () => {
    if (again && (await findHead(database, branch))?.freeze?.token !== freeze?.token) return;
    held.require();
    again = true;
    await unlessGone(database.send({ method: "DELETE", path }));
  }, patience);
}

function resetHead(head: Head, to: Moment): Head {
  const before = to.position < forkOf(head);
  return {
    ...head,
    position: to.position,
    gaps: gapsAfterReset(head.gaps, head.position, to.position),
    commit: to.id,
    timeMs: to.timeMs,
    originCommit: before ? to.id : head.originCommit,
    inherited: before ? inheritedUpTo(to.position, head) : head.inherited,
  };
}

/** A branch that is at `to` already has been reset: what head it had before is no longer asked. */
async function resettable(database: Database, request: Reset): Promise<{ head: Head; to: Moment }> {
  const to = await momentOf(database, { branch: request.name, at: request.to }, { branch: "name", at: "to" });
  const { head } = to;
  requireAsked(head, { ...request, head: head.commit === to.id ? "" : request.head });
  await refuseWhileStartedFrom(database, head, { after: to.position, field: "to" });
  return { head, to };
}

function requireAsked({ freeze, commit }: Head, { head, token, nowMs }: Deletion): void {
  refuseFrozen(freeze, { token, nowMs, field: "name" });
  const now = commit || BEGINNING;
  if (head === "" || head === now) return;
  const message = `is ${now}`;
  throw new ServiceError("ABORTED", `head ${message}`, [{ field: "head", message }]);
}

type Going = { readonly after: number; readonly field: string };

async function refuseWhileStartedFrom(database: Database, { branch }: Head, going: Going): Promise<void> {
  const names = (await headsOf(database))
    .filter(({ origin }) => origin === branch)
    .filter((head) => forkOf(head) > going.after)
    .map(({ branch: name }) => name);
  if (names.length === 0) return;
  const message = `branches started from it: ${names.slice(0, 5).join(", ")}`;
  const violation = { field: going.field, message };
  throw new ServiceError("FAILED_PRECONDITION", `${going.field}: ${message}`, [violation]);
}

/** A branch that nobody else writes to; `require` throws once it may no longer be so. */
type Held = { readonly head: Head; readonly require: () => void };

/** Holds the branch still for `rewrite`: by the freeze that the request names, or by one of its own that ends with it. */
async function holding<R>(
  connection: Connection,
  request: Deletion,
  rewrite: (held: Held) => Promise<R>,
): Promise<R> {
  const { name, nowMs } = request;
  const token = request.token || randomUUID();
  const start = connection.patience.now();
  const head = await changeHead(connection, name, (found) => {
    const mine = found.freeze?.token === token;
    requireAsked(found, mine ? { ...request, token } : request);
    const untilMs = Math.max(nowMs + HOLD_MS, mine ? (found.freeze?.untilMs ?? 0) : 0);
    return { ...found, freeze: { token, untilMs } };
  });
  const require = () => {
    if (connection.patience.now() - start < HOLD_MS / 2) return;
    throw new ServiceError("UNAVAILABLE", "the branch could not be held still long enough");
  };
  try {
    return await rewrite({ head, require });
  } finally {
    // When that fails the freeze ends by itself.
    if (!request.token) await thawBranch(connection, { name, token }).catch(() => {});
  }
}

async function unlessGone(deletion: Promise<unknown>): Promise<void> {
  try {
    await deletion;
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== "NOT_FOUND") throw error;
  }
}
