import type { Doc } from "@oms/data-kernel/client.ts";
import { type Execution, executionId } from "./execution.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Job, Owner } from "./job.ts";
import { LeasedAttempt } from "./leased-attempt.ts";
import { hasChanged } from "./lost-race.ts";
import type { JobsView, Seen } from "./view.ts";
import { putExecution, unchanged } from "./writes.ts";

export type AttemptsOptions = {
  readonly commits: GroupCommit;
  /** Tells of attempts that were cancelled or taken for lost, before a renewal would notice. */
  readonly view: Pick<JobsView, "onChange">;
  readonly side: Owner;
  /** Names this process in the attempts it makes. */
  readonly worker: string;
  readonly leaseMs: number;
  /** Unix milliseconds. */
  readonly now: () => number;
};

/** What is to be begun, both as they were last read. */
export type Begun = { readonly execution: Doc<Execution>; readonly job: Doc<Job> };

/** What those who do the work may do with an attempt. */
export type Attempt = Pick<
  LeasedAttempt,
  "id" | "n" | "job" | "execution" | "signal" | "checkpoint" | "finish"
>;
export type AttemptsPort = Pick<Attempts, "begin">;

/** The attempts that this process makes. */
export class Attempts {
  readonly #options: AttemptsOptions;
  /** By the execution's id. */
  readonly #running = new Map<string, LeasedAttempt>();

  constructor(options: AttemptsOptions) {
    this.#options = options;
    options.view.onChange((seen) => this.#notice(seen));
  }

  /**
   * Begins the next attempt of a waiting execution. Undefined: somebody else has begun it, or it or its job is no longer
   * as it was read. Rejects while the kernel does not answer.
   */
  async begin({ execution, job }: Begun): Promise<Attempt | undefined> {
    const { commits, side, worker, leaseMs, now } = this.#options;
    const { notBeforeMs: _, ...waiting } = execution.body;
    const record = { n: waiting.attempts.length + 1, side, worker, startedMs: now() };
    const begun: Execution = {
      ...waiting,
      status: "running",
      leaseMs,
      attempts: [...waiting.attempts, record],
    };
    const id = executionId(begun);
    const preconditions = [unchanged(execution), unchanged(job)];
    try {
      const revision = await commits.submit({ writes: [putExecution(begun)], preconditions });
      const attempt = new LeasedAttempt({ commits, now, job: job.body, begun, revision });
      this.#running.set(id, attempt);
      attempt.over.addEventListener("abort", () => this.#running.delete(id), { once: true });
      return attempt;
    } catch (error) {
      if (hasChanged(error)) return undefined;
      throw error;
    }
  }

  #notice(seen: Seen): void {
    if (seen.kind !== "execution") return;
    const { body } = seen.document;
    const attempt = this.#running.get(executionId(body));
    if (!attempt || (body.status === "running" && body.attempts.length === attempt.n)) return;
    // What was read before the attempt began comes later than its begin.
    if (body.attempts.length >= attempt.n) attempt.lose();
  }
}
