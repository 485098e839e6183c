import { currentContext, newContext, runInContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { BEGINNING } from "../limits.ts";
import { noteRead, pinnedCommit } from "./reads.ts";
import type { Change, ChangesPage, Commit, Kernel } from "./types.ts";

/** A commit of the branch; its sequence is what a projection's rows compare with. */
type Position = { readonly head: string; readonly sequence: number };
export type Follower = { readonly refresh: () => Promise<Position> };

/** What a follower keeps: `apply` takes in the next commit, `clear` forgets them all. */
export type Projection = {
  readonly apply: (commit: Commit, changes: readonly Change[]) => void;
  readonly clear: () => void;
};

const NOWHERE: Position = { head: "", sequence: 0 };

export function follow(kernel: Kernel, branch: string, { apply, clear }: Projection): Follower {
  let position = NOWHERE;
  let running: Promise<void> | undefined;
  let waiting: Promise<void> | undefined;

  async function pull(): Promise<void> {
    for (;;) {
      const page = await next();
      for (const { commit, changes } of page.commits) {
        apply(commit, changes);
        position = { head: commit.id, sequence: commit.sequence };
      }
      if (page.commits.length === 0 || position.head === page.head) return;
    }
  }

  /** The commits after `position`; after a rewrite that took its head away, the first of all. */
  async function next(): Promise<ChangesPage> {
    try {
      return await kernel.changes({ branch, after: position.head, limit: 1000 });
    } catch (error) {
      if (position === NOWHERE || !(isUnknown(error, "after") || isUnknown(error, "branch"))) throw error;
      clear();
      position = NOWHERE;
      return kernel.changes({ branch, limit: 1000 });
    }
  }

  /** A pull that is already running may have read before the caller's own commit: it shares the next one. */
  function pullFromNow(): Promise<void> {
    if (!running) {
      running = detached(pull).finally(() => {
        running = undefined;
      });
      return running;
    }
    waiting ??= running
      .catch(() => undefined)
      .then(() => {
        waiting = undefined;
        return pullFromNow();
      });
    return waiting;
  }

  async function refresh(): Promise<Position> {
    const context = currentContext();
    const pinned = pinnedCommit(context, branch);
    await ignoringAbsence(pullFromNow());
    if (pinned && pinned !== position.head) {
      const then = await positionOf(pinned);
      // Callers read as soon as this resolves: not while a later pull has cleared and begun again.
      await ignoringAbsence(pullFromNow());
      return then;
    }
    noteRead(context, branch, position.head);
    return position;
  }

  async function positionOf(commit: string): Promise<Position> {
    if (commit === BEGINNING) return NOWHERE;
    const { commits } = await kernel.log({ branch, at: commit, pageSize: 1 });
    return { head: commit, sequence: commits[0]?.sequence ?? 0 };
  }

  return { refresh };
}

/** The projection is everyone's: no caller's deadline, pinned commit or shadow reaches into it. */
function detached(run: () => Promise<void>): Promise<void> {
  const { traceparent } = currentContext();
  return runInContext(newContext({ traceparent }), run);
}

async function ignoringAbsence(pull: Promise<void>): Promise<void> {
  try {
    await pull;
  } catch (error) {
    if (!isUnknown(error, "branch")) throw error;
  }
}

/** Whether the kernel does not know what `field` names. */
function isUnknown(error: unknown, named: "branch" | "after"): boolean {
  return (
    error instanceof ServiceError &&
    error.code === "NOT_FOUND" &&
    error.violations.some(({ field }) => field === named)
  );
}
