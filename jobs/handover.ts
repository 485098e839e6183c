import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Doc } from "@oms/data-kernel/client.ts";
import { GroupCommit } from "./group-commit.ts";
import { JOB, type Job, type Owner, schedulerBranch } from "./job.ts";
import { hasChanged } from "./lost-race.ts";
import { findJob, type Store } from "./stored.ts";
import { unattended } from "./unattended.ts";
import { putJob, unchanged } from "./writes.ts";

/** A job that may still fire, its owner, and what the flag routes its calls by. */
export type OwnedJob = {
  readonly id: string;
  readonly side: Owner;
  readonly fields: { readonly jobId: string };
};

const MOST_TRIES = 20;
/** How long moves of one moment wait for one another, in milliseconds. */
const WINDOW_MS = 5;

/**
 * Gives jobs to the other side: one commit that asserts the job as it was read, and in which nothing but the owner
 * changes. The floor stays, so the side that gets a job claims what its planned ticks were before; the side that loses
 * it need not be there.
 */
export class JobsHandover {
  readonly #store: Store;
  readonly #commits: GroupCommit;
  /** Moves that may be made at the same time; they share commits. */
  readonly together: number = 200;

  constructor(store: Store) {
    this.#store = store;
    this.#commits = new GroupCommit({ ...store, windowMs: WINDOW_MS, patienceMs: 10_000 });
  }

  /** As of one commit; none of a cancelled job, and none while there is no branch. */
  async *items(): AsyncIterable<OwnedJob> {
    const { kernel, env } = this.#store;
    const jobs = kernel.stream<Job>({ branch: schedulerBranch(env), type: JOB });
    try {
      for await (const { body } of jobs)
        if (body.state !== "cancelled") yield { id: body.id, side: body.owner, fields: { jobId: body.id } };
    } catch (error) {
      if (!(error instanceof ServiceError && error.code === "NOT_FOUND")) throw error;
    }
  }

  /** Does nothing where the job has that owner, is cancelled or is not there. */
  async move(id: string, to: Owner): Promise<void> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const doc = await unattended(() => findJob(this.#store, id));
      if (!doc || doc.body.owner === to || doc.body.state === "cancelled") return;
      if (await this.#commit(doc, to)) return;
    }
    const message = "is being changed by others all the time";
    throw new ServiceError("ABORTED", `job ${id} ${message}`, [{ field: "id", message }]);
  }

  close(): Promise<void> {
    return this.#commits.close();
  }

  /** False where it was no longer as it was read. */
  async #commit(doc: Doc<Job>, owner: Owner): Promise<boolean> {
    try {
      await this.#commits.submit({
        writes: [putJob({ ...doc.body, owner })],
        preconditions: [unchanged(doc)],
      });
      return true;
    } catch (error) {
      if (!hasChanged(error)) throw error;
      return false;
    }
  }
}
