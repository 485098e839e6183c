import type { Logger } from "@oms/chassis/log.ts";
import type { Job, Owner } from "@oms/jobs/job.ts";
import { Counter, Gauge, type Registry } from "prom-client";
import type { Authority } from "./authority.ts";

type Owned = Pick<Job, "id" | "owner" | "state">;

export type OwnershipParts = {
  /** As of the moment it is called. */
  readonly authorityNow: () => Authority;
  readonly move: (job: string, to: Owner) => Promise<void>;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly registry: Registry;
};

/** Moves of jobs under way at the same time. */
const TOGETHER = 50;

/**
 * Holds the owner of each job to the side that has its calls: a job that was registered by the fallback, or that a
 * handover left behind, is reported, and moved when it is still so a round later. Within a round two instances of OMS
 * may well see different flags.
 */
export class Ownership {
  readonly #parts: OwnershipParts;
  readonly #astray: Gauge;
  readonly #moved: Counter<"to">;
  #seen: ReadonlyMap<string, Owner> = new Map();

  constructor(parts: OwnershipParts) {
    this.#parts = parts;
    const registers = [parts.registry];
    this.#astray = new Gauge({
      name: "oms_scheduler_jobs_astray",
      help: "Jobs whose timers are not on the side that has their calls.",
      registers,
    });
    this.#moved = new Counter({
      name: "oms_scheduler_jobs_moved_total",
      help: "Jobs that were moved to the side that has their calls.",
      labelNames: ["to"],
      registers,
    });
  }

  /** `jobs`: all there are. Answers how many of them it moved. */
  async round(jobs: Iterable<Owned>): Promise<number> {
    const astray = this.#findAstray(jobs);
    const due = [...astray].filter(([job, to]) => this.#seen.get(job) === to);
    this.#astray.set(astray.size);
    this.#seen = astray;
    let moved = 0;
    for (let from = 0; from < due.length; from += TOGETHER) {
      const done = await Promise.all(
        due.slice(from, from + TOGETHER).map(([job, to]) => this.#move(job, to)),
      );
      moved += done.filter(Boolean).length;
    }
    if (moved > 0) this.#parts.log.info({ moved }, "jobs were moved to the side that has their calls");
    return moved;
  }

  #findAstray(jobs: Iterable<Owned>): ReadonlyMap<string, Owner> {
    const authorityOf = this.#parts.authorityNow();
    const astray = new Map<string, Owner>();
    for (const { id, owner, state } of jobs) {
      if (state === "cancelled") continue;
      const authority = authorityOf(id);
      if (authority !== undefined && authority !== owner) astray.set(id, authority);
    }
    return astray;
  }

  async #move(job: string, to: Owner): Promise<boolean> {
    try {
      await this.#parts.move(job, to);
      this.#moved.inc({ to });
      return true;
    } catch (error) {
      // It is still astray in the next round.
      this.#parts.log.warn({ err: error, job, to }, "a job was not moved to the side that has its calls");
      return false;
    }
  }
}
