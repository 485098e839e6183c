import { createHash } from "node:crypto";
import { BEGINNING, MAX_PAGE_SIZE } from "../limits.ts";
import type { Branch, Change, Commit } from "../store/port.ts";
import type { Reading } from "./reading.ts";

/** A branch's own commits, after its origin's, and the SHA-256 (hex) of all they say. */
export type Digest = { readonly commits: number; readonly sha256: string };

/**
 * The digest of `branch` up to the commit `at` (BEGINNING for none). Two stores that give the same one hold the same
 * commits with the same changes, whatever kind of store they are. An origin's part is the origin's own to prove.
 */
export async function digestOf(
  reading: Pick<Reading, "changes">,
  branch: Branch,
  at: string,
): Promise<Digest> {
  const hash = createHash("sha256").update(`${branch.name}\n${branch.origin}\n${branch.originCommit}\n`);
  let after = branch.originCommit || BEGINNING;
  let skip = 0;
  let commits = 0;
  for (;;) {
    const page = await reading.changes({ branch: branch.name, after, skip, at, limit: MAX_PAGE_SIZE });
    for (const { commit, changes } of page.commits) {
      if (skip === 0) hash.update(lineOfCommit(commit));
      for (const change of changes) hash.update(lineOfChange(change));
      skip = page.more ? skip + changes.length : 0;
      if (page.more) continue;
      after = commit.id;
      commits += 1;
    }
    if (page.commits.length === 0 || after === page.head) return { commits, sha256: hash.digest("hex") };
  }
}

/** Without the sequence, which is each store's own. */
function lineOfCommit({ id, key, author, message, traceId, timeMs }: Commit): string {
  return `${JSON.stringify([id, key, author, message, traceId, timeMs])}\n`;
}

function lineOfChange({ kind, document: { id, type, body, revision } }: Change): string {
  return `${JSON.stringify([kind, id, type, body, revision])}\n`;
}
