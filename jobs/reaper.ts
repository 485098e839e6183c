import type { Doc } from "@oms/data-kernel/client.ts";
import type { Execution } from "./execution.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Owner } from "./job.ts";
import type { JobState } from "./job-state.ts";
import { hasChanged } from "./lost-race.ts";
import { afterOutcome } from "./outcome.ts";
import type { JobsView } from "./view.ts";
import { putExecution, unchanged } from "./writes.ts";

export type ReaperOptions = {
  readonly view: Pick<JobsView, "refresh" | "busy">;
  readonly commits: GroupCommit;
  /** Reaps the executions of the jobs that it owns, whoever runs them. */
  readonly side: Owner;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Milliseconds of a clock that nobody sets. */
  readonly monotonic: () => number;
};

type Watched = { readonly revision: string; readonly silentMs: number };
type Silent = { readonly state: JobState; readonly execution: Doc<Execution> };

/** A gap between two looks in which the process did not run tells nothing of others. */
const MOST_COUNTED_MS = 2000;

/**
 * Ends attempts whose lease has run out: those of which one and the same revision was seen for as long. Only time in
 * which the branch could be read counts, for nobody could renew meanwhile.
 */
export class Reaper {
  readonly #options: ReaperOptions;
  #watched = new Map<string, Watched>();
  #lastMs: number | undefined;

  constructor(options: ReaperOptions) {
    this.#options = options;
  }

  /** To be called a few times within a lease. Answers how many attempts it has ended. */
  async look(): Promise<number> {
    const silent = await this.#silent();
    const ended = await Promise.all(silent.map((each) => this.#end(each)));
    return ended.filter((done) => done).length;
  }

  async #silent(): Promise<Silent[]> {
    const passedMs = await this.#passed();
    const watched = new Map<string, Watched>();
    const silent: Silent[] = [];
    for (const { state, execution } of this.#running()) {
      const { id, revision, body } = execution;
      const before = this.#watched.get(id);
      const silentMs = before?.revision === revision ? before.silentMs + passedMs : 0;
      watched.set(id, { revision, silentMs });
      if (silentMs >= (body.leaseMs ?? 0)) silent.push({ state, execution });
    }
    this.#watched = watched;
    return silent;
  }

  /** How much time has passed since the last look, in which others could have been heard. */
  async #passed(): Promise<number> {
    const { view, monotonic } = this.#options;
    const beforeMs = this.#lastMs;
    this.#lastMs = undefined;
    await view.refresh();
    this.#lastMs = monotonic();
    return beforeMs === undefined ? 0 : Math.min(this.#lastMs - beforeMs, MOST_COUNTED_MS);
  }

  *#running(): Generator<Silent> {
    for (const state of this.#options.view.busy()) {
      if (state.doc.body.owner !== this.#options.side) continue;
      for (const execution of state.live.values())
        if (execution.body.status === "running") yield { state, execution };
    }
  }

  async #end({ state: { doc }, execution }: Silent): Promise<boolean> {
    const lost = afterOutcome(
      execution.body,
      { outcome: "lost" },
      { job: doc.body, nowMs: this.#options.now() },
    );
    const item = { writes: [putExecution(lost)], preconditions: [unchanged(execution), unchanged(doc)] };
    try {
      await this.#options.commits.submit(item);
      return true;
    } catch (error) {
      if (hasChanged(error)) return false;
      throw error;
    }
  }
}
