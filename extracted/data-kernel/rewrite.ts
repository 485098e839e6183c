import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { notFound, ServiceError } from "@oms/chassis/errors/service-error.ts";
import { BEGINNING } from "./limits.ts";
import { type Cursor, isAtHead, leaveNote, moveCursors, type Note, placeCursor } from "./rewrite/cursors.ts";
import type { Branch, Store } from "./store/port.ts";

export type RewriteSettings = {
  /** Who follows a branch's commits, by the names their cursors are kept under. */
  readonly followers: (branch: string) => readonly string[];
  /** Unix milliseconds. */
  readonly now: () => number;
  /** How long a branch is held by a rewrite whose process died. */
  readonly freezeMs: number;
  /** How long followers may take to the head; less than `freezeMs`. */
  readonly settleMs: number;
};

export const REWRITES: RewriteSettings = {
  followers: () => [],
  now: Date.now,
  freezeMs: 30_000,
  settleMs: 10_000,
};

const LOOK_AGAIN_MS = 50;

/** `head`: what the branch must have, BEGINNING for no commit, "" for whichever it is. */
type Asked = { readonly name: string; readonly head: string };
/** A branch nobody commits to, and the token to rewrite it with. */
type Held = { readonly branch: Branch; readonly token: string };

/**
 * Takes commits from branches without taking them from who follows the log: the branch is frozen, its followers
 * come to the head, then it is rewritten, their cursors are moved, and it is thawed. Whoever dies in between leaves
 * a branch as it was or as it will be, cursors that are moved when they are next used, and a freeze that ends by
 * itself. Throws what the store's deleteBranch and resetBranch throw; UNAVAILABLE on `name` when a follower does not
 * come to the head in time.
 */
export class Rewrites {
  readonly #store: Store;
  readonly #settings: RewriteSettings;

  constructor(store: Store, settings: RewriteSettings) {
    this.#store = store;
    this.#settings = settings;
  }

  async reset(asked: Asked & { readonly to: string }): Promise<Branch> {
    const expected = await this.evaluateReset(asked);
    const found = await this.#find(asked.name);
    if (found.head === expected.head) return found;
    return this.#held(asked.name, async ({ branch, token }) => {
      const head = asked.head || branch.head || BEGINNING;
      const rewrite = { ...asked, head, token, nowMs: this.#settings.now() };
      const to = await this.#cursorAt(asked.name, asked.to);
      return this.#moving({ branch, to }, () => this.#store.resetBranch(rewrite));
    });
  }

  async delete(asked: Asked): Promise<void> {
    await this.evaluateDeletion(asked);
    return this.#held(asked.name, async ({ branch, token }) => {
      const head = asked.head || branch.head || BEGINNING;
      const rewrite = { ...asked, head, token, nowMs: this.#settings.now() };
      return this.#moving({ branch, to: null }, () => this.#store.deleteBranch(rewrite));
    });
  }

  /** Puts every follower of a branch, which may not be there yet, where it has seen all up to a commit. */
  async seen(branch: string, at: Cursor): Promise<void> {
    for (const follower of this.#settings.followers(branch))
      await placeCursor(this.#store, { follower, branch }, at);
  }

  async evaluateReset(asked: Asked & { readonly to: string }): Promise<Branch> {
    return this.#store.evaluateReset({ ...asked, token: "", nowMs: this.#settings.now() });
  }

  async evaluateDeletion(asked: Asked): Promise<void> {
    return this.#store.evaluateDeletion({ ...asked, token: "", nowMs: this.#settings.now() });
  }

  async #held<R>(name: string, rewrite: (held: Held) => Promise<R>): Promise<R> {
    const token = randomUUID();
    const nowMs = this.#settings.now();
    await this.#store.freezeBranch({ name, token, nowMs, untilMs: nowMs + this.#settings.freezeMs });
    try {
      const branch = await this.#find(name);
      await this.#settle(branch);
      return await rewrite({ branch, token });
    } finally {
      // A freeze that cannot be ended now ends by itself.
      await this.#store.thawBranch({ name, token }).catch(() => undefined);
    }
  }

  async #settle(branch: Branch): Promise<void> {
    const { followers, settleMs } = this.#settings;
    const signal = AbortSignal.timeout(settleMs);
    for (const follower of followers(branch.name)) {
      while (!(await isAtHead(this.#store, follower, branch))) {
        if (signal.aborted) throw behind(follower);
        await delay(LOOK_AGAIN_MS);
      }
    }
  }

  async #moving<R>(
    { branch, to }: { branch: Branch; to: Note["to"] },
    rewrite: () => Promise<R>,
  ): Promise<R> {
    await leaveNote(this.#store, branch.name, { head: branch.head, to });
    const result = await rewrite();
    await moveCursors(this.#store, branch.name);
    return result;
  }

  async #find(name: string): Promise<Branch> {
    const branch = (await this.#store.listBranches()).find((each) => each.name === name);
    if (!branch) throw notFound("name", `there is no branch ${name}`);
    return branch;
  }

  async #cursorAt(branch: string, at: string): Promise<Cursor> {
    if (at === BEGINNING) return { commit: "", sequence: 0 };
    const { commits } = await this.#store.log({
      branch,
      at,
      beforeSequence: Number.MAX_SAFE_INTEGER,
      limit: 1,
    });
    return { commit: at, sequence: commits[0]?.sequence ?? 0 };
  }
}

function behind(follower: string): ServiceError {
  const message = `has commits that ${follower} has not seen`;
  return new ServiceError("UNAVAILABLE", `name ${message}`, [{ field: "name", message }]);
}
