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
  const digesting = new Digesting(branch);
  let after = branch.originCommit || BEGINNING;
  let skip = 0;
  for (;;) {
    const page = await reading.changes({ branch: branch.name, after, skip, at, limit: MAX_PAGE_SIZE });
    for (const { commit, changes } of page.commits) {
      digesting.add(commit, changes);
      skip = page.more ? skip + changes.length : 0;
      if (!page.more) after = commit.id;
    }
    if (page.commits.length === 0 || after === page.head) return digesting.end();
  }
}

/** A digest as its commits come, oldest first; a commit may come in parts. */
export class Digesting {
  readonly #hash = createHash("sha256");
  #commits = 0;
  #last = "";

  constructor({ origin, originCommit }: Pick<Branch, "origin" | "originCommit">) {
    this.#hash.update(`${origin}\n${originCommit}\n`);
  }

  add(commit: Commit, changes: readonly Change[]): void {
    if (commit.id !== this.#last) {
      this.#hash.update(lineOfCommit(commit));
      this.#commits += 1;
      this.#last = commit.id;
    }
    for (const change of changes) this.#hash.update(lineOfChange(change));
  }

  end(): Digest {
    return { commits: this.#commits, sha256: this.#hash.digest("hex") };
  }
}

/** Without the sequence, which is each store's own. */
function lineOfCommit({ id, key, author, message, traceId, timeMs }: Commit): string {
  return `${JSON.stringify([id, key, author, message, traceId, timeMs])}\n`;
}

function lineOfChange({ kind, document: { id, type, body, revision } }: Change): string {
  return `${JSON.stringify([kind, id, type, body, revision])}\n`;
}
