import type { Logger } from "@oms/chassis/log.ts";
import type { JobState } from "./job-state.ts";
import { Timetable } from "./timetable.ts";
import type { JobsView, Seen } from "./view.ts";

export type TimersOptions = {
  readonly view: Pick<JobsView, "get" | "states" | "onChange">;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** When a job is due next, as of what is known of it; undefined: never. */
  readonly nextOf: (state: JobState) => number | undefined;
  /** Deals with the jobs that are due. False: they still are, and it is tried again a little later. */
  readonly due: (ids: readonly string[]) => Promise<boolean>;
  /** By how much it waits beyond the time that a job is due. */
  readonly lagMs?: () => number;
  readonly log: Pick<Logger, "warn">;
};

/** The longest wait: a clock that was set is noticed after that. */
const LOOK_MS = 200;
const AGAIN_MS = 200;

/** Looks at jobs when they are due, and at no others. One round follows the other. */
export class Timers {
  readonly #options: TimersOptions;
  readonly #table = new Timetable();
  #running: { readonly stop: AbortController; readonly over: Promise<void> } | undefined;
  #wake: (() => void) | undefined;
  #asleepUntilMs = 0;

  constructor(options: TimersOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#running) return;
    const stop = new AbortController();
    const forget = this.#options.view.onChange((seen) => this.#notice(seen));
    this.#setAll();
    this.#running = { stop, over: this.#run(stop.signal).finally(forget) };
  }

  /** Resolves when no round is under way, and none follows. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    running?.stop.abort();
    this.#wake?.();
    await running?.over;
  }

  /** What is known of when it is due has changed. */
  set(id: string): void {
    const state = this.#options.view.get(id);
    const atMs = state && this.#options.nextOf(state);
    this.#table.set(id, atMs);
    if (atMs !== undefined && atMs < this.#asleepUntilMs) this.#wake?.();
  }

  #setAll(): void {
    this.#table.clear();
    for (const { doc } of this.#options.view.states()) this.set(doc.body.id);
  }

  #notice(seen: Seen): void {
    if (seen.kind === "everything") this.#setAll();
    else if (seen.kind === "job") this.set(seen.id);
    else if (seen.created) this.set(seen.document.body.job);
  }

  async #run(stop: AbortSignal): Promise<void> {
    const { now, lagMs = () => 0 } = this.#options;
    while (!stop.aborted) {
      const ids = this.#table.takeUntil(now() - lagMs());
      if (ids.length === 0) await this.#sleep(this.#untilNextMs());
      else if (!(await this.#round(ids))) await this.#sleep(AGAIN_MS);
    }
  }

  async #round(ids: readonly string[]): Promise<boolean> {
    try {
      return await this.#options.due(ids);
    } catch (err) {
      this.#options.log.warn({ err }, "jobs that are due cannot be dealt with now");
      return false;
    } finally {
      for (const id of ids) this.set(id);
    }
  }

  #untilNextMs(): number {
    const { now, lagMs = () => 0 } = this.#options;
    const nextMs = this.#table.nextMs();
    return nextMs === undefined ? LOOK_MS : Math.min(LOOK_MS, Math.max(1, nextMs + lagMs() - now()));
  }

  async #sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    this.#asleepUntilMs = this.#options.now() + ms;
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
    this.#asleepUntilMs = 0;
  }
}
