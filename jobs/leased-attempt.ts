import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Write } from "@oms/data-kernel/client.ts";
import { type Execution, executionDocument, executionId } from "./execution.ts";
import { requireCheckpoint } from "./executors/result.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Job } from "./job.ts";
import type { Json } from "./json.ts";
import { hasChanged } from "./lost-race.ts";
import { afterOutcome, type Outcome } from "./outcome.ts";
import { putCheckpoint, putExecution, unchanged } from "./writes.ts";

type Begin = {
  readonly commits: GroupCommit;
  readonly now: () => number;
  readonly job: Job;
  readonly begun: Execution;
  /** Of the execution, since the attempt began. */
  readonly revision: string;
};

/** An attempt that has begun. It renews its lease until it is finished or lost. */
export class LeasedAttempt {
  /** Of the execution: `<job>/<tick>`. */
  readonly id: string;
  readonly n: number;
  readonly job: Job;
  readonly execution: Execution;
  readonly #commits: GroupCommit;
  readonly #now: () => number;
  readonly #lost = new AbortController();
  readonly #over = new AbortController();
  #renewal: NodeJS.Timeout | undefined;
  #revision: string;
  /** The last commit: one follows the other, for each asserts the revision that the last one left. */
  #last: Promise<unknown> = Promise.resolve();

  constructor({ commits, now, job, begun, revision }: Begin) {
    this.id = executionId(begun);
    this.n = begun.attempts.length;
    this.job = job;
    this.execution = begun;
    this.#commits = commits;
    this.#now = now;
    this.#revision = revision;
    this.#renewLater();
  }

  /** Aborted when the attempt is no longer the execution's: cancelled, or taken for lost. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Aborted when it is finished or lost. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Leaves `data` for the next attempt; `progress` 0 to 1. Rejects with ABORTED when the attempt is lost. */
  readonly checkpoint = async (progress: number, data: Json): Promise<void> => {
    const checkpoint = { attempt: this.n, progress, data: requireCheckpoint(data) };
    const kept = await this.#commit(putCheckpoint(this.id, checkpoint));
    if (!kept) throw new ServiceError("ABORTED", "the attempt is no longer the execution's");
  };

  /** Ends it as `outcome`. False: it was lost, and nothing was written. Rejects when the process stops meanwhile. */
  async finish(outcome: Outcome): Promise<boolean> {
    const finished = afterOutcome(this.execution, outcome, { job: this.job, nowMs: this.#now() });
    try {
      return await this.#commit(putExecution(finished));
    } finally {
      this.#end();
    }
  }

  /** Somebody else has ended it. */
  lose(): void {
    this.#lost.abort();
    this.#end();
  }

  #end(): void {
    clearTimeout(this.#renewal);
    this.#over.abort();
  }

  #renewLater(): void {
    if (this.#over.signal.aborted) return;
    const renew = () =>
      this.#commit(putExecution(this.execution)).then(
        () => this.#renewLater(),
        // The process stops.
        () => this.lose(),
      );
    this.#renewal = setTimeout(renew, (this.execution.leaseMs ?? 0) / 3);
  }

  /** False where the attempt is lost. */
  #commit(write: Write): Promise<boolean> {
    const commit = this.#last.then(() => this.#assertAnd(write));
    this.#last = commit.catch(() => undefined);
    return commit;
  }

  async #assertAnd(write: Write): Promise<boolean> {
    if (this.#over.signal.aborted) return false;
    const id = executionDocument(this.id);
    try {
      const revision = await this.#commits.submit({
        writes: [write],
        preconditions: [unchanged({ id, revision: this.#revision })],
      });
      if ("put" in write && write.put.id === id) this.#revision = revision;
      return true;
    } catch (error) {
      if (!hasChanged(error)) throw error;
      this.lose();
      return false;
    }
  }
}
