import type { Logger } from "@oms/chassis/log.ts";
import type { Execution } from "./execution.ts";
import type { Job, Owner } from "./job.ts";
import { type JobState, plannedTick } from "./job-state.ts";
import { plan } from "./plan.ts";
import type { Fire, FiresReply, FiresRequest } from "./port.ts";
import { nextTick } from "./schedule/planned.ts";
import { Timers } from "./timers.ts";
import type { JobsView, Seen } from "./view.ts";

export type FiresOptions = {
  readonly view: JobsView;
  readonly side: Owner;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly log: Pick<Logger, "warn">;
};

const KEPT_MS = 15 * 60_000;
/** A fire takes some 100 bytes. */
const MOST_KEPT = 200_000;
const MOST_TICKS = 1000;

/**
 * What a side's timers fire: of the jobs it owns what was claimed, as the branch says, by whichever process; of the
 * others what timers here would have fired at the same time. Kept for a quarter of an hour.
 */
export class FireRecord {
  readonly #options: FiresOptions;
  readonly #timers: Timers;
  /** Up to where the ticks of a job that the other side owns have been looked at. */
  readonly #cursors = new Map<string, number>();
  readonly #fires = new Map<string, Fire>();
  readonly #forget: () => void;
  #sinceMs: number;

  /** It records from now on, until `stop`. */
  constructor(options: FiresOptions) {
    this.#options = options;
    const { view, now, log } = options;
    this.#sinceMs = now();
    this.#forget = view.onChange((seen) => this.#notice(seen));
    this.#timers = new Timers({
      view,
      now,
      log,
      nextOf: (state) => this.#nextOf(state),
      due: (ids) => this.#fireUnclaimed(ids),
    });
    this.#timers.start();
  }

  async stop(): Promise<void> {
    this.#forget();
    await this.#timers.stop();
  }

  /** Rejects while the branch cannot be read: what it says of the last moments is not known then. */
  async read({ fromMs, toMs }: FiresRequest): Promise<FiresReply> {
    await this.#options.view.refresh();
    const fires = [...this.#fires.values()].filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
    fires.sort((a, b) => (a.job === b.job ? a.atMs - b.atMs : a.job < b.job ? -1 : 1));
    return { sinceMs: this.#sinceMs, fires };
  }

  #nextOf({ doc: { body: job } }: JobState): number | undefined {
    if (job.owner === this.#options.side || job.state !== "active") return undefined;
    return nextTick(job.schedule, this.#cursorOf(job));
  }

  #cursorOf({ id, floorMs }: Job): number {
    return Math.max(this.#cursors.get(id) ?? this.#sinceMs, floorMs);
  }

  async #fireUnclaimed(ids: readonly string[]): Promise<boolean> {
    await this.#options.view.refresh();
    for (const id of ids) {
      const state = this.#options.view.get(id);
      if (state && state.doc.body.owner !== this.#options.side)
        this.#wouldFire(state, state.doc.body, this.#options.now());
    }
    return true;
  }

  /** Records the ticks of `job` up to then, as its owner would decide them. */
  #wouldFire({ live }: JobState, job: Job, upToMs: number): void {
    const afterMs = this.#cursorOf(job);
    const before = [...live.values()].some(({ body }) => body.plannedMs <= afterMs);
    const ticks = plan(job, { afterMs, nowMs: upToMs, live: before, limit: MOST_TICKS });
    for (const { atMs, decision } of ticks) this.#record({ job: job.id, atMs, decision });
    this.#cursors.set(job.id, Math.max(afterMs, ticks.at(-1)?.atMs ?? upToMs));
  }

  #notice(seen: Seen): void {
    if (seen.kind === "everything") this.#beginAnew();
    else if (seen.kind === "job") this.#noticeJob(seen.id, seen.before);
    else if (seen.created) this.#noticeClaim(seen.document.body);
  }

  /** What was claimed between the last change that was seen and the rewrite nobody knows. */
  #beginAnew(): void {
    this.#fires.clear();
    this.#cursors.clear();
    this.#sinceMs = this.#options.now();
  }

  #noticeClaim({ job, tick, reason }: Execution): void {
    const atMs = plannedTick(tick);
    if (atMs === undefined || this.#options.view.get(job)?.doc.body.owner !== this.#options.side) return;
    // A cancellation skips what would have fired; the timers of either side have no part in it.
    const decision = reason === undefined || reason === "cancelled" ? "fire" : reason;
    this.#record({ job, atMs, decision });
  }

  /** What the job had planned up to its edit, or until this side got it, counts as it was. */
  #noticeJob(id: string, before: Job | undefined): void {
    const state = this.#options.view.get(id);
    const { side } = this.#options;
    if (!state || !before) return;
    const after = state.doc.body;
    if (before.owner !== side)
      this.#wouldFire(state, before, after.owner === side ? state.claimedMs : after.floorMs);
    else if (after.owner !== side) this.#cursors.set(id, state.claimedMs);
  }

  #record(fire: Fire): void {
    this.#fires.set(`${fire.job}/${fire.atMs}`, fire);
    const oldestMs = this.#options.now() - KEPT_MS;
    for (const [key, { atMs }] of this.#fires) {
      if (this.#fires.size <= MOST_KEPT && atMs >= oldestMs) return;
      this.#fires.delete(key);
      this.#sinceMs = Math.max(this.#sinceMs, atMs + 1);
    }
  }
}
