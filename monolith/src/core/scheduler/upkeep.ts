import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "@oms/chassis/log.ts";
import type { Kernel } from "@oms/data-kernel/client.ts";
import { JobsHandover } from "@oms/jobs/handover.ts";
import type { Scheduler } from "@oms/jobs/port.ts";
import { watchedSide } from "@oms/proxy/plan/plan.ts";
import type { Registry } from "prom-client";
import { strangler } from "../../strangler.ts";
import { unattended } from "../../unattended.ts";
import { authorityNow } from "./authority.ts";
import { type BuiltInSettings, builtInJobs, registerBuiltIn } from "./built-in.ts";
import { Ownership } from "./ownership.ts";
import { inProcess, knownJobs, stopInProcess } from "./sides.ts";
import { FIRES, watchFires } from "./watch-fires.ts";

export type UpkeepParts = {
  readonly kernel: Kernel;
  /** First part of every kernel branch. */
  readonly env: string;
  /** The door. */
  readonly scheduler: Scheduler;
  readonly builtIn: BuiltInSettings;
  readonly log: Logger;
  readonly registry: Registry;
  /** Between two rounds, in milliseconds; absent: 3000, longer than two instances of OMS may see different flags. */
  readonly roundMs?: number;
};

const ROUND_MS = 3000;

/**
 * What scheduling needs of OMS while nobody calls: the module's timers from the start on, jobs that are registered, each
 * job's owner held to its stage, and the fires of both sides compared. What fails is tried again in the next round, and
 * nothing of it keeps OMS from answering.
 */
export class Upkeep {
  readonly #parts: UpkeepParts;
  readonly #handover: JobsHandover;
  readonly #ownership: Ownership;
  readonly #stopping = new AbortController();
  #registered: boolean = false;
  #firesUpToMs: number | undefined;
  #running: Promise<void> | undefined;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
    const { kernel, env, log, registry } = parts;
    this.#handover = new JobsHandover({ kernel, env });
    this.#ownership = new Ownership({
      authorityNow,
      move: (job, to) => this.#handover.move(job, to),
      log,
      registry,
    });
  }

  begin(): void {
    this.#running ??= this.#run();
  }

  /** What this process's own timers have begun gets a while to end. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    // A move must not wait for a kernel that is away.
    await Promise.all([this.#handover.close(), this.#running]);
    await stopInProcess();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { roundMs = ROUND_MS } = this.#parts;
    while (!signal.aborted) {
      await this.#try("keep the time", () => this.#keepTime());
      await this.#try("register OMS's own jobs", () => this.#register());
      await this.#try("hold jobs to their stage", () => this.#repair());
      await this.#try("compare what fired", () => this.#compareFires());
      await wait(roundMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #try(what: string, step: () => Promise<void>): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    try {
      await unattended("main", step);
    } catch (error) {
      this.#parts.log.warn({ err: error }, `could not ${what}; it will be tried again`);
    }
  }

  /** Where every call is the service's for good, the module may be gone. */
  async #keepTime(): Promise<void> {
    const known = strangler.status().capabilities.find(({ capability }) => capability === "scheduler");
    if (known?.stage === "complete" && !known.varies) return;
    await inProcess();
  }

  async #register(): Promise<void> {
    if (this.#registered) return;
    const { scheduler, builtIn } = this.#parts;
    await registerBuiltIn(scheduler, builtInJobs(builtIn));
    this.#registered = true;
  }

  async #repair(): Promise<void> {
    const view = await knownJobs();
    await view.refresh();
    await this.#ownership.round(Array.from(view.states(), ({ doc }) => doc.body));
  }

  async #compareFires(): Promise<void> {
    if (!watchedSide(strangler.stageOf("scheduler", FIRES))) return;
    this.#firesUpToMs = await watchFires(this.#parts.scheduler, Date.now(), this.#firesUpToMs);
  }
}
