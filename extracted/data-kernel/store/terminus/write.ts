import { BEGINNING } from "../../limits.ts";
import type { Effect } from "../evaluate.ts";
import type { Committed } from "../port.ts";
import { Ahead } from "./ahead.ts";
import { Chosen } from "./chosen.ts";
import { changesOf } from "./contents.ts";
import type { Database } from "./database.ts";
import type { Found } from "./decide.ts";
import type { BranchSnapshot } from "./moment.ts";
import { storeBranchOf } from "./names.ts";
import { Overtaken } from "./overtaken.ts";
import { commitOf, keptOf, type Planned, plannedOf, recordOf, type Saying, writeOf } from "./plan.ts";
import type { Entry } from "./records.ts";
import type { Query } from "./woql.ts";

/** Bodies of more than this together are written ahead of the transaction, so that it stays small. */
const MOST_INSIDE = 1024 * 1024;

/** A commit that was decided on the branch as it was read. `nonce` is the call's own. */
export type Decided = {
  readonly saying: Saying;
  /** Of all bodies that are put. */
  readonly bytes: number;
  readonly nonce: string;
  readonly read: BranchSnapshot;
  readonly effects: Iterable<Effect<Found>>;
  readonly keyIsThere: boolean;
  /** What else is to happen in the same transaction. */
  readonly besides?: readonly Query[];
};

/** @throws Overtaken when the branch is no longer as it was read; then nothing was committed. */
export async function write(database: Database, decided: Decided): Promise<Committed> {
  const { saying, read, keyIsThere, besides = [] } = decided;
  const { author, message, fingerprint } = saying;
  const { entries, parts, chosen } = await placed(database, decided);
  const commit = commitOf(saying, read.head);
  const record = recordOf(read, { commit, fingerprint, entries, keyIsThere });
  const storeBranch = storeBranchOf(saying.branch);
  const won = await database.transact(storeBranch, [...record, ...parts, ...besides], { author, message });
  if (won === undefined) throw new Overtaken();
  const changes = await changesOf(database, read.commit, chosen.all);
  return { commit, changes, more: chosen.more, repeated: false, at: read.head.commit || BEGINNING };
}

/** What of the branch's documents is written, with every body where it will be. */
export async function placed(
  database: Database,
  { saying, bytes, nonce, read, effects }: Omit<Decided, "keyIsThere" | "besides">,
) {
  const { id, branch, author, message } = saying;
  const revision = { id, position: read.head.position + 1 };
  const ahead = new Ahead(database, { storeBranch: storeBranchOf(branch), nonce, info: { author, message } });
  const entries: Entry[] = [];
  const parts: Query[] = [];
  const chosen = new Chosen<Planned>();
  for (const effect of effects) {
    const planned = plannedOf(effect, revision);
    chosen.add(planned);
    const apart = bytes > MOST_INSIDE && effect.after !== undefined;
    const kept = keptOf(planned, apart ? { at: await ahead.place(effect.after.body) } : planned.content);
    entries.push(kept);
    parts.push(writeOf(planned, kept));
  }
  await ahead.flush();
  return { entries, parts, chosen };
}
