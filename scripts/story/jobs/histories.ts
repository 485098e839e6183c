import type { Change } from "@oms/data-kernel/client.ts";
import type { Execution } from "@oms/jobs/execution.ts";
import { EXECUTION, JOB, type Job } from "@oms/jobs/job.ts";
import type { Entry } from "../audit.ts";

/** One change of an execution, and what was known when it was made. */
export type Step = {
  /** `<job>/<tick>` */
  readonly id: string;
  readonly atMs: number;
  readonly before: Execution | undefined;
  /** When the document was last touched before. */
  readonly beforeMs: number;
  /** Undefined: deleted. */
  readonly after: Execution | undefined;
  /** The job as the commit found it, and as it left it. */
  readonly job: { readonly before: Job | undefined; readonly after: Job | undefined };
  /** Other executions of the job that had not ended when the commit was made, or that it brought along. */
  readonly live: readonly string[];
  /** When an execution of the job last ended before. */
  readonly endMs: number;
};

/** The log of a scheduler's branch, told by documents. */
export type Histories = {
  /** Every version of every job, oldest first. */
  readonly jobs: ReadonlyMap<string, readonly Job[]>;
  /** Every execution there ever was, as it was last. */
  readonly executions: ReadonlyMap<string, Execution>;
  readonly steps: readonly Step[];
};

export function historiesOf(log: readonly Entry[]): Histories {
  const reading = new Reading();
  for (const entry of log) reading.read(entry);
  return reading;
}

export function isEnded({ status }: Execution): boolean {
  return status !== "waiting" && status !== "running";
}

type Changed = { readonly id: string; readonly execution: Execution; readonly isDeleted: boolean };

class Reading implements Histories {
  readonly jobs = new Map<string, Job[]>();
  readonly executions = new Map<string, Execution>();
  readonly steps: Step[] = [];
  readonly #touched = new Map<string, number>();
  readonly #live = new Map<string, Set<string>>();
  readonly #ends = new Map<string, number>();

  read({ commit, changes }: Entry): void {
    const changed = changes.flatMap(changedOf);
    const found = new Map(changed.map(({ execution: { job } }) => [job, this.#job(job)]));
    for (const { document } of changes) if (document.type === JOB) this.#version(document.body as Job);
    for (const each of changed) if (!isEnded(each.execution)) this.#liveOf(each).add(each.id);
    for (const each of changed) this.#step(each, commit.timeMs, found.get(each.execution.job));
    for (const each of changed) if (isEnded(each.execution)) this.#end(each, commit.timeMs);
  }

  #step({ id, execution, isDeleted }: Changed, atMs: number, job: Job | undefined): void {
    this.steps.push({
      id,
      atMs,
      before: this.executions.get(id),
      beforeMs: this.#touched.get(id) ?? atMs,
      after: isDeleted ? undefined : execution,
      job: { before: job, after: this.#job(execution.job) },
      live: [...this.#liveOf({ execution })].filter((other) => other !== id),
      endMs: this.#ends.get(execution.job) ?? Number.NEGATIVE_INFINITY,
    });
    this.executions.set(id, execution);
    this.#touched.set(id, atMs);
  }

  #end(changed: Changed, atMs: number): void {
    if (this.#liveOf(changed).delete(changed.id)) this.#ends.set(changed.execution.job, atMs);
  }

  #job(id: string): Job | undefined {
    return this.jobs.get(id)?.at(-1);
  }

  #version(job: Job): void {
    const known = this.jobs.get(job.id);
    if (known) known.push(job);
    else this.jobs.set(job.id, [job]);
  }

  #liveOf({ execution: { job } }: Pick<Changed, "execution">): Set<string> {
    const known = this.#live.get(job) ?? new Set();
    this.#live.set(job, known);
    return known;
  }
}

function changedOf({ kind, document }: Change): Changed[] {
  if (document.type !== EXECUTION) return [];
  const id = document.id.slice(EXECUTION.length + 1);
  return [{ id, execution: document.body as Execution, isDeleted: kind === "deleted" }];
}
