import { currentContext, newContext, runInContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { BEGINNING } from "../limits.ts";
import { noteRead, pinnedCommit } from "./reads.ts";
import type { Change, Commit, Kernel } from "./types.ts";

/** A commit of the branch; its sequence is what a projection's rows compare with. */
type Position = { readonly head: string; readonly sequence: number };
export type Follower = { readonly refresh: () => Promise<Position> };

const NOWHERE: Position = { head: "", sequence: 0 };

export function follow(
  kernel: Kernel,
  branch: string,
  apply: (commit: Commit, changes: readonly Change[]) => void,
): Follower {
  let position = NOWHERE;
  let running: Promise<void> | undefined;
  let waiting: Promise<void> | undefined;

  async function pull(): Promise<void> {
    for (;;) {
      const page = await kernel.changes({ branch, after: position.head, limit: 1000 });
      for (const { commit, changes } of page.commits) {
        apply(commit, changes);
        position = { head: commit.id, sequence: commit.sequence };
      }
      if (page.commits.length === 0 || position.head === page.head) return;
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
    if (pinned) return positionOf(pinned);
    noteRead(context, branch, position.head);
    return position;
  }

  async function positionOf(commit: string): Promise<Position> {
    if (commit === BEGINNING) return NOWHERE;
    if (commit === position.head) return position;
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
    if (!isAbsentBranch(error)) throw error;
  }
}

function isAbsentBranch(error: unknown): boolean {
  return (
    error instanceof ServiceError &&
    error.code === "NOT_FOUND" &&
    error.violations.some(({ field }) => field === "branch")
  );
}
