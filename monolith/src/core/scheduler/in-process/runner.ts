import type { Logger } from "@oms/chassis/log.ts";
import type { Doc } from "@oms/data-kernel/client.ts";
import { executionId } from "@oms/jobs/execution.ts";
import type { Job } from "@oms/jobs/job.ts";
import { type Waiting, waitingOf } from "@oms/jobs/ready.ts";
import type { JobsView, Seen } from "@oms/jobs/view.ts";

/** An execution that waits no more for anything but room. */
export type Due = Waiting & { readonly id: string; readonly job: Doc<Job> };

export type RunnerParts = {
  readonly view: Pick<JobsView, "busy" | "get" | "refresh" | "onChange">;
  /** Makes its next attempt, or ends it where it must not begin; resolves when that is over, or was somebody else's. */
  readonly perform: (due: Due) => Promise<void>;
  /** How many are performed at the same time. */
  readonly concurrency: number;
  readonly log: Pick<Logger, "warn">;
  /** Unix milliseconds. */
  readonly now: () => number;
};

/** How long an execution is left to the process that claimed it. */
const CLAIMERS_MS = 1000;
/** An execution may wait for nothing but its time. */
const LOOK_MS = 200;

/** Carries the executions of the jobs that OMS owns, as many at a time as there is room for: urgent ones first. */
export class Runner {
  readonly #parts: RunnerParts;
  /** Claimed by this process, and not begun by any. */
  readonly #mine = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #forget: () => void;
  readonly #timer: NodeJS.Timeout;
  #looking: boolean = false;
  #stopped: boolean = false;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.#forget = parts.view.onChange((seen) => this.#notice(seen));
    this.#timer = setInterval(() => this.#lookSoon(), LOOK_MS);
  }

  /** This process has claimed them: they need not be left to another one for a while. */
  claimed(ids: readonly string[]): void {
    for (const id of ids) this.#mine.add(id);
    this.#lookSoon();
  }

  /** This process has served an edit of the job, so what waits of it now need not be left to another one either. */
  edited(job: string): void {
    const live = this.#parts.view.get(job)?.live.values() ?? [];
    const waiting = Array.from(live).filter(({ body }) => body.status === "waiting");
    this.claimed(waiting.map(({ body }) => executionId(body)));
  }

  #notice(seen: Seen): void {
    if (seen.kind === "execution" && seen.document.body.status !== "waiting")
      this.#mine.delete(executionId(seen.document.body));
    this.#lookSoon();
  }

  /** Takes what is due, once for all that asked in this moment. */
  #lookSoon(): void {
    if (this.#looking || this.#stopped) return;
    this.#looking = true;
    setImmediate(() => {
      this.#looking = false;
      if (!this.#stopped) this.#look();
    });
  }

  /** Begins nothing more, and waits for what runs. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#forget();
    await Promise.all(this.#running.values());
  }

  #look(): void {
    const room = this.#parts.concurrency - this.#running.size;
    if (room <= 0) return;
    for (const due of this.#due().sort(urgentFirst).slice(0, room))
      this.#running.set(due.id, this.#perform(due));
  }

  #due(): Due[] {
    const { view, now } = this.#parts;
    const nowMs = now();
    const due: Due[] = [];
    for (const state of view.busy()) {
      const job = state.doc;
      if (job.body.owner !== "in-process") continue;
      for (const waiting of waitingOf(state, { nowMs, jobs: view })) {
        const id = executionId(waiting.execution.body);
        const isOurs = this.#mine.has(id) || nowMs - waiting.execution.body.claimedMs >= CLAIMERS_MS;
        if (waiting.readiness !== "wait" && isOurs && !this.#running.has(id))
          due.push({ ...waiting, id, job });
      }
    }
    return due;
  }

  async #perform(due: Due): Promise<void> {
    const { perform, view, log } = this.#parts;
    try {
      await perform(due);
      // What became of it must be known here before it is looked at again.
      await view.refresh();
      this.#lookSoon();
    } catch (error) {
      // Nothing tells that it would be otherwise at once.
      log.warn(
        { err: error, execution: due.id },
        "an execution was not carried on; it will be looked at again",
      );
    }
    this.#running.delete(due.id);
  }
}

function urgentFirst(a: Due, b: Due): number {
  return b.job.body.priority - a.job.body.priority || a.execution.body.plannedMs - b.execution.body.plannedMs;
}
