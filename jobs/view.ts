import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Logger } from "@oms/chassis/log.ts";
import type { Change, Doc, Kernel } from "@oms/data-kernel/client.ts";
import type { Execution } from "./execution.ts";
import { EXECUTION, JOB, type Job, schedulerBranch } from "./job.ts";
import { GrowingState, type JobState } from "./job-state.ts";
import { unattended } from "./unattended.ts";

export type ViewOptions = {
  readonly kernel: Pick<Kernel, "query" | "stream" | "changes" | "createBranch">;
  /** First part of the branch's name. */
  readonly env: string;
  readonly log: Pick<Logger, "warn">;
  /** How often it looks for changes by itself. Absent: 200. */
  readonly pollMs?: number;
};

/** What has come to be known; `everything`: all of it was read anew, for the branch was rewritten. */
export type Seen =
  | { readonly kind: "everything" }
  | { readonly kind: "job"; readonly id: string; readonly before: Job | undefined }
  | { readonly kind: "execution"; readonly created: boolean; readonly document: Doc<Execution> };

const POLL_MS = 200;

/**
 * Jobs and what of their executions timers and workers need, as of the branch's head: read once as of one commit, then
 * kept by its changes.
 */
export class JobsView {
  readonly #options: ViewOptions;
  readonly #branch: string;
  readonly #listeners = new Set<(seen: Seen) => void>();
  #states = new Map<string, GrowingState>();
  /** Ids of jobs with live executions. */
  #busy = new Set<string>();
  #head = "";
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #closing = new AbortController();

  private constructor(options: ViewOptions) {
    this.#options = options;
    this.#branch = schedulerBranch(options.env);
  }

  /** Resolves when it knows the branch, which it creates where it is missing. */
  static async open(options: ViewOptions): Promise<JobsView> {
    const view = new JobsView(options);
    await unattended(() => view.#readAll());
    view.#poll();
    return view;
  }

  get(id: string): JobState | undefined {
    return this.#states.get(id);
  }

  states(): Iterable<JobState> {
    return this.#states.values();
  }

  /** Those with executions that wait or run. */
  *busy(): Iterable<JobState> {
    for (const id of this.#busy) {
      const state = this.#states.get(id);
      if (state) yield state;
    }
  }

  /** Resolves when all that was committed before is known here. */
  refresh(): Promise<void> {
    if (!this.#running) return this.#pullOnce();
    // The running one may have read before the caller's commit.
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#running ?? this.#pullOnce();
      });
    return this.#next;
  }

  /** Calls `listener` with everything that comes to be known, in order. Answers how to stop it. */
  onChange(listener: (seen: Seen) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** It looks no more; what it knows stays. */
  close(): void {
    this.#closing.abort();
    clearTimeout(this.#timer);
  }

  #poll(): void {
    if (this.#closing.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.refresh()
        .catch((err: unknown) => this.#options.log.warn({ err }, "the jobs cannot be read"))
        .finally(() => this.#poll());
    }, this.#options.pollMs ?? POLL_MS);
  }

  #pullOnce(): Promise<void> {
    this.#running = unattended(() => this.#pull()).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #pull(): Promise<void> {
    const { kernel } = this.#options;
    try {
      for (;;) {
        const page = await kernel.changes({ branch: this.#branch, after: this.#head, limit: 1000 });
        for (const { commit, changes } of page.commits) {
          for (const change of changes) this.#apply(change);
          this.#head = commit.id;
        }
        if (page.commits.length === 0 || this.#head === page.head) return;
      }
    } catch (error) {
      if (!isUnknown(error)) throw error;
      await this.#readAll();
      this.#tell({ kind: "everything" });
    }
  }

  async #readAll(): Promise<void> {
    const { kernel } = this.#options;
    const at = await this.#headOrNew();
    const states = new Map<string, GrowingState>();
    const busy = new Set<string>();
    const asked = { branch: this.#branch, at };
    for await (const doc of kernel.stream<Job>({ ...asked, type: JOB }))
      states.set(doc.body.id, new GrowingState(doc));
    for await (const doc of kernel.stream<Execution>({ ...asked, type: EXECUTION })) {
      const state = states.get(doc.body.job);
      state?.putExecution(doc);
      if (state && state.live.size > 0) busy.add(doc.body.job);
    }
    this.#states = states;
    this.#busy = busy;
    this.#head = at;
  }

  async #headOrNew(): Promise<string> {
    const asked = { branch: this.#branch, type: JOB, pageSize: 1 };
    const { kernel } = this.#options;
    try {
      return (await kernel.query<Job>(asked)).at;
    } catch (error) {
      if (!isUnknown(error)) throw error;
      await kernel.createBranch({ name: this.#branch });
      return (await kernel.query<Job>(asked)).at;
    }
  }

  #apply({ kind, document }: Change): void {
    if (document.type === JOB) this.#applyJob(document as Doc<Job>);
    if (document.type === EXECUTION) this.#applyExecution(kind, document as Doc<Execution>);
  }

  #applyJob(document: Doc<Job>): void {
    const { id } = document.body;
    const state = this.#states.get(id);
    const before = state?.doc.body;
    if (state) state.putJob(document);
    else this.#states.set(id, new GrowingState(document));
    this.#tell({ kind: "job", id, before });
  }

  #applyExecution(kind: Change["kind"], document: Doc<Execution>): void {
    const { job } = document.body;
    const state = this.#states.get(job);
    if (!state) return;
    if (kind === "deleted") state.deleteExecution(document.body);
    else state.putExecution(document);
    if (state.live.size > 0) this.#busy.add(job);
    else this.#busy.delete(job);
    if (kind !== "deleted") this.#tell({ kind: "execution", created: kind === "created", document });
  }

  #tell(seen: Seen): void {
    for (const listener of this.#listeners) listener(seen);
  }
}

/** The branch, or the place on it, is not there any more. */
function isUnknown(error: unknown): boolean {
  return (
    error instanceof ServiceError &&
    error.code === "NOT_FOUND" &&
    error.violations.some(({ field }) => field === "branch" || field === "after")
  );
}
