import type { Logger } from "@oms/chassis/log.ts";
import type { Doc, Kernel } from "@oms/data-kernel/client.ts";
import { type Execution, executionDocument, executionId } from "./execution.ts";
import type { Faults } from "./faults.ts";
import { GroupCommit } from "./group-commit.ts";
import { EXECUTION, type Owner } from "./job.ts";
import type { JobState } from "./job-state.ts";
import { hasChanged } from "./lost-race.ts";
import { roundOf } from "./round.ts";
import { nextTick } from "./schedule/planned.ts";
import { Timers } from "./timers.ts";
import type { JobsView } from "./view.ts";

export type TickerOptions = {
  readonly view: JobsView;
  readonly kernel: Pick<Kernel, "commit">;
  /** First part of the branch's name. */
  readonly env: string;
  /** Claims ticks of the jobs that it owns. */
  readonly side: Owner;
  /** How long the claims of a moment wait for one another. */
  readonly windowMs: number;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** What this process has claimed, just now; of these the ones that were not skipped wait. */
  readonly claimed: (executions: readonly Doc<Execution>[]) => void;
  readonly log: Pick<Logger, "warn">;
  readonly faults: Faults;
};

/** After that a claim is decided anew: what was late may have misfired meanwhile. */
const PATIENCE_MS = 5000;
/** How far a ticker that has lost a claim keeps behind the one that won it, until it wins. */
const BEHIND_MS = 40;

/** Claims the planned ticks of a side's jobs when they are due. Any number of them may run: each tick is claimed once. */
export class Ticker {
  readonly #options: TickerOptions;
  readonly #commits: GroupCommit;
  readonly #timers: Timers;
  /** Without claims: up to where this process has fired, for nothing else would keep it from firing again. */
  readonly #fired = new Map<string, number>();
  /** Claimed, and not told yet. */
  readonly #won: Doc<Execution>[] = [];
  #startedMs = 0;
  #lagMs = 0;

  constructor(options: TickerOptions) {
    const { view, now, log, kernel, env, windowMs, faults } = options;
    this.#options = options;
    this.#commits = new GroupCommit({
      kernel,
      env,
      windowMs,
      patienceMs: PATIENCE_MS,
      asserting: faults.claims,
    });
    this.#timers = new Timers({
      view,
      now,
      log,
      lagMs: () => this.#lagMs,
      nextOf: (state) => this.#nextOf(state),
      due: (ids) => this.#claim(ids),
    });
  }

  start(): void {
    this.#startedMs = this.#options.now();
    this.#timers.start();
  }

  /** Resolves when it claims nothing more. */
  stop(): Promise<void> {
    return this.#timers.stop();
  }

  #nextOf(state: JobState): number | undefined {
    const { owner, state: condition, schedule } = state.doc.body;
    if (owner !== this.#options.side || condition !== "active") return undefined;
    return nextTick(schedule, this.#afterMs(state));
  }

  #afterMs({ doc, claimedMs }: JobState): number {
    if (this.#options.faults.claims) return claimedMs;
    return this.#fired.get(doc.body.id) ?? this.#startedMs;
  }

  async #claim(ids: readonly string[]): Promise<boolean> {
    const { view } = this.#options;
    // Somebody else may have claimed them, and what ran may have ended.
    await view.refresh();
    const outcomes = await Promise.allSettled(ids.map((id) => this.#claimOf(id)));
    this.#tell();
    const won = outcomes.some((outcome) => outcome.status === "fulfilled" && outcome.value);
    const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    this.#keepDistance(won, failures.length > 0);
    const failure = failures.find((error) => !hasChanged(error));
    if (failure !== undefined) throw failure;
    await view.refresh();
    return won || !ids.some((id) => this.#isDue(id));
  }

  #isDue(id: string): boolean {
    const state = this.#options.view.get(id);
    const nextMs = state && this.#nextOf(state);
    return nextMs !== undefined && nextMs <= this.#options.now();
  }

  /** Whether there was something to claim. */
  async #claimOf(id: string): Promise<boolean> {
    const state = this.#options.view.get(id);
    if (!state || this.#nextOf(state) === undefined) return false;
    const { side, now } = this.#options;
    const round = roundOf(state, { side, nowMs: now() }, this.#afterMs(state));
    if (!round) return false;
    const revision = await this.#commits.submit(round);
    if (this.#won.length === 0) setImmediate(() => this.#tell());
    for (const body of round.claims) {
      this.#won.push({ id: executionDocument(executionId(body)), type: EXECUTION, body, revision });
      this.#fired.set(id, body.plannedMs);
    }
    return true;
  }

  /** A commit's claims at once, and not after all of the round. */
  #tell(): void {
    const won = this.#won.splice(0);
    if (won.length === 0) return;
    this.#options.faults.at("after-claim");
    this.#options.claimed(won);
  }

  /** Two that claim at one moment make work for each other: one of them looks a little later, and finds nothing to do. */
  #keepDistance(won: boolean, lost: boolean): void {
    if (lost) this.#lagMs = BEHIND_MS;
    else if (won) this.#lagMs = 0;
  }
}
