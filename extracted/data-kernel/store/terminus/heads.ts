import { randomUUID } from "node:crypto";
import type { Connection } from "./connection.ts";
import { readBranch } from "./moment.ts";
import { storeBranchOf } from "./names.ts";
import { Overtaken, untilDone } from "./overtaken.ts";
import { HEAD, type Head, readHead, storedHead } from "./records.ts";
import { SCRATCH } from "./setup.ts";
import { holds, replace } from "./woql.ts";

const MAINTENANCE = { author: "data-kernel", message: "head" };

/**
 * Replaces a branch's head by what `change` makes of it, looking again when somebody was quicker; undefined leaves
 * it. Gives the head as it is then. `change` sees a fresh head every time, and must say the same when it was done
 * already, for a write without an answer is tried again.
 * @throws NOT_FOUND on `name`; what `change` throws.
 */
export async function changeHead(
  { database, patience, turns }: Connection,
  name: string,
  change: (head: Head) => Head | undefined,
): Promise<Head> {
  return turns(name, () =>
    untilDone(async () => {
      const { head } = await readBranch(database, name, { field: "name" });
      const changed = change(head);
      if (!changed) return head;
      const next = { ...changed, version: randomUUID() };
      const parts = [holds(HEAD, "version", head.version), replace(storedHead(next))];
      const won = await database.transact(storeBranchOf(name), parts, MAINTENANCE);
      if (won === undefined) throw new Overtaken();
      return next;
    }, patience),
  );
}

/**
 * A commit on top of the server's commit `store`, with the head that `change` makes of the one there. No branch shows
 * it yet: a branch created at it, or reset to it, is from its first moment what it is to be.
 */
export async function headOnTopOf(
  { database, patience, turns }: Connection,
  store: string,
  change: (head: Head) => Head,
): Promise<string> {
  const { documents } = await database.read(`commit/${store}`, [HEAD]);
  const head = readHead(documents.get(HEAD));
  const next = { ...change(head), version: randomUUID() };
  const parts = [holds(HEAD, "version", head.version), replace(storedHead(next))];
  return turns(SCRATCH, () =>
    untilDone(async () => {
      await reset(database, SCRATCH, store);
      const won = await database.transact(SCRATCH, parts, MAINTENANCE);
      if (won === undefined) throw new Overtaken();
      return won;
    }, patience),
  );
}

/** Points a branch of the server's at one of its commits; nothing is asked about what it pointed at. */
export async function reset(
  database: Connection["database"],
  storeBranch: string,
  commit: string,
): Promise<void> {
  const path = `reset/${database.path(`local/branch/${storeBranch}`)}`;
  await database.send({ method: "POST", path, body: { commit_descriptor: commit } });
}
