import { currentContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Change, CommitRequest } from "@oms/data-kernel/client.ts";
import { type Owner, schedulerBranch } from "./job.ts";
import type { Store } from "./stored.ts";

export type Editor = Store & {
  /** Who serves the edit. */
  readonly side: Owner;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Called with the job's id when something was committed, never in a shadow call. */
  readonly edited?: (id: string) => void;
};

type Asked = Omit<CommitRequest, "branch">;

/**
 * Commits what was asked for of a job: under the call's key, unless it has one of its own. Answers the changes, of the
 * first time where it was asked for before; undefined where the branch is no longer as it was read.
 */
export async function commitAsked(
  { kernel, env, edited }: Editor,
  id: string,
  asked: Asked,
): Promise<readonly Change[] | undefined> {
  try {
    const { changes } = await kernel.commit({ branch: schedulerBranch(env), ...asked });
    if (!currentContext().shadow) edited?.(id);
    return changes;
  } catch (error) {
    if (error instanceof ServiceError && error.code === "ABORTED") return undefined;
    throw error;
  }
}

const MOST_TRIES = 20;

/** Does `once` until it answers: it reads, commits, and answers nothing where it was overtaken. */
export async function untilCommitted<R>(id: string, once: () => Promise<R | undefined>): Promise<R> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const answer = await once();
    if (answer !== undefined) return answer;
  }
  const message = "is being changed by others all the time";
  throw new ServiceError("ABORTED", `job ${id} ${message}`, [{ field: "id", message }]);
}
