import { randomUUID } from "node:crypto";
import { currentContext } from "@oms/chassis/context/context.ts";
import { refuseExpired } from "@oms/chassis/context/deadline.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { inspectReferences } from "../../hooks/inspect.ts";
import { schemaDocument } from "../../hooks/schema.ts";
import { BEGINNING } from "../../limits.ts";
import { refuseFrozen } from "../freeze.ts";
import type { CommitTerms, Committed, Precondition } from "../port.ts";
import { idOf, type Writes } from "../writes.ts";
import { Chosen } from "./chosen.ts";
import type { Connection } from "./connection.ts";
import { changesOf, documentsIn, knownAt } from "./contents.ts";
import type { Database } from "./database.ts";
import { decide } from "./decide.ts";
import { branchAt, forkOf } from "./lineage.ts";
import { type BranchSnapshot, momentOf, readBranch } from "./moment.ts";
import { untilDone } from "./overtaken.ts";
import { type Planned, plannedOf } from "./plan.ts";
import type { Entry } from "./records.ts";
import * as records from "./records.ts";
import type { Query } from "./woql.ts";
import { write } from "./write.ts";

/** `bytes`: of all bodies that are put. */
export type Asked = CommitTerms & { readonly writes: Writes; readonly bytes: number };

/** A call of `commit`: its nonce tells what it wrote itself from what others did. */
type Attempt = { readonly asked: Asked; readonly nonce: string; readonly besides: readonly Query[] };

/**
 * A write that was not answered may have happened. The next try looks for its key before anything else, and when the
 * first comes late after all, it finds the head gone on and does nothing.
 */
export function commit(connection: Connection, asked: Asked): Promise<Committed> {
  return commitBeside(connection, asked, []);
}

/** A commit in whose transaction something else happens that is the store's own affair. */
export function commitBeside(
  connection: Connection,
  asked: Asked,
  besides: readonly Query[],
): Promise<Committed> {
  const attempt = { asked, nonce: randomUUID(), besides };
  const { patience, turns, lease } = connection;
  const tryInTurn = () => lease.around(() => tryOnce(connection, attempt));
  return turns(asked.branch, async () => {
    // While the server is slow others wait, and who has given up by now asks again by the key.
    refuseExpired(currentContext(), Date.now());
    return untilDone(tryInTurn, patience);
  });
}

type Evaluated = Asked & { readonly at: string; readonly skip: number };

/** Without the first `skip` of the changes. What is evaluated from its middle passed the hooks from its start. */
export async function evaluate({ database, inspect }: Connection, asked: Evaluated): Promise<Committed> {
  const moment = await momentOf(database, asked);
  const ids = idsIn(asked);
  const known = await knownAt(database, moment.store, ids);
  const ground = { database, store: moment.store, head: moment.id, known, asked: ids };
  const chosen = new Chosen<Planned>(asked.skip);
  const effects = await decide(asked, ground, asked.skip === 0 ? inspect : inspectReferences);
  for (const effect of effects) {
    chosen.add(plannedOf(effect, { id: "", position: 0 }));
    if (chosen.more) break;
  }
  const changes = await changesOf(database, moment.store, chosen.all);
  return { commit: undefined, changes, more: chosen.more, repeated: false, at: moment.id || BEGINNING };
}

async function tryOnce({ database, inspect }: Connection, attempt: Attempt): Promise<Committed> {
  const { asked, nonce, besides } = attempt;
  const keyId = records.keyId(asked.key);
  const asking = idsIn(asked);
  const ids = [keyId, ...asking.map(records.documentId)];
  const read = await readBranch(database, asked.branch, { ids });
  const { head, commit: store } = read;
  const key = records.readPlace(read.documents.get(keyId));
  const position = key?.position ?? 0;
  // A key is its branch's own: those of the origin's part came along, and may be used again.
  if (position > forkOf(head)) return firstResult(database, attempt, { position, read });
  refuseFrozen(head.freeze, { token: "", nowMs: asked.timeMs, field: "branch" });
  const ground = { database, store, head: head.commit, known: documentsIn(read), asked: asking };
  const effects = await decide(asked, ground, inspect);
  const saying = { ...asked, id: records.commitId(head.position + 1, nonce) };
  const { bytes } = asked;
  return write(database, { saying, bytes, nonce, read, effects, keyIsThere: key !== undefined, besides });
}

type First = { readonly position: number; readonly read: BranchSnapshot };

async function firstResult(
  database: Database,
  { asked, nonce }: Attempt,
  { position, read }: First,
): Promise<Committed> {
  const ids = [records.commitAt(position), records.changesAt(position)] as const;
  const { documents } = await database.read(`commit/${read.commit}`, ids);
  const record = records.readCommit(documents.get(ids[0]));
  if (record.fingerprint !== asked.fingerprint) {
    const message = "was used for another payload";
    throw new ServiceError("ALREADY_EXISTS", `key ${message}`, [{ field: "key", message }]);
  }
  const chosen = new Chosen<Entry>();
  for (const entry of records.readEntries(documents.get(ids[1]))) chosen.add(entry);
  const changes = await changesOf(database, read.commit, chosen.all);
  const commit = { ...record.commit, branch: branchAt(read.head, position) };
  const repeated = !commit.id.endsWith(nonce);
  return { commit, changes, more: chosen.more, repeated, at: record.parent || BEGINNING };
}

/** What the decision will look at for certain; the schemas of types are looked at by hooks. */
function idsIn({ preconditions, writes }: Asked): string[] {
  const ids = new Set(preconditions.flatMap(assertedId));
  for (const write of writes) {
    ids.add(idOf(write));
    if ("put" in write) ids.add(schemaDocument(write.put.type));
  }
  return [...ids];
}

function assertedId(precondition: Precondition): string[] {
  if ("head" in precondition) return [];
  return ["absent" in precondition ? precondition.absent : precondition.revision.id];
}
