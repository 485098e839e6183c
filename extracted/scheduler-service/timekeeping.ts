import type { Logger } from "@oms/chassis/log.ts";
import type { Doc, Kernel } from "@oms/data-kernel/client.ts";
import type { Execution } from "@oms/jobs/execution.ts";
import { FireRecord } from "@oms/jobs/fires.ts";
import type { FiresReply, FiresRequest } from "@oms/jobs/port.ts";
import { unattended } from "@oms/jobs/unattended.ts";
import { JobsView } from "@oms/jobs/view.ts";
import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { Carrier } from "./carry.ts";
import type { ApiConfig } from "./config.ts";
import { dutiesOf } from "./duties.ts";
import { Lead } from "./lead.ts";
import { Leader } from "./leader.ts";
import type { SchedulerMetrics } from "./metrics.ts";
import { type Carried, queuePrefix } from "./queue.ts";
import { waitingIn, waitingOfJob } from "./work.ts";

/** Executions that wait for one job. One that has more is left to the next look through everything, for each look costs. */
const MOST_LOOKED_AT = 500;

export type TimekeepingParts = {
  readonly config: ApiConfig;
  readonly kernel: Kernel;
  readonly redis: Redis;
  readonly queue: Queue<Carried>;
  readonly logger: Logger;
  readonly measures: SchedulerMetrics;
};

/** Knows the jobs, records fires, keeps the time while it leads, and carries what may begin to the queue. */
export class Timekeeping {
  readonly view: JobsView;
  readonly #parts: TimekeepingParts;
  readonly #fires: FireRecord;
  readonly #carrier: Carrier;
  readonly #lead: Lead;
  /** Jobs to look at next. */
  readonly #due = new Set<string>();
  #looking: Promise<void> | undefined;

  private constructor(parts: TimekeepingParts, view: JobsView) {
    const { config, kernel, redis, queue, logger, measures } = parts;
    this.#parts = parts;
    this.view = view;
    this.#fires = new FireRecord({ view, side: "extracted", now: Date.now, log: logger });
    const waiting = () => waitingIn(view, Date.now());
    this.#carrier = new Carrier({ queue, waiting, refresh: () => view.refresh() });
    const ttlMs = config.SCHEDULER_LEADER_MS;
    const leader = new Leader({ redis, key: `${queuePrefix(config)}:leader`, ttlMs });
    const claimed = (executions: readonly Doc<Execution>[]) => this.#claimed(executions);
    const duties = dutiesOf({ config, kernel, view, carrier: this.#carrier, logger, measures, claimed });
    this.#lead = new Lead({ leader, duties, everyMs: ttlMs / 3, logger });
  }

  /** Rejects while the kernel does not answer. */
  static async open(parts: TimekeepingParts): Promise<Timekeeping> {
    const { kernel, config, logger } = parts;
    const view = await JobsView.open({ kernel, env: config.OMS_ENV, log: logger });
    const keeping = new Timekeeping(parts, view);
    keeping.#lead.start();
    return keeping;
  }

  get leads(): boolean {
    return this.#lead.onDuty;
  }

  fires(request: FiresRequest): Promise<FiresReply> {
    return this.#fires.read(request);
  }

  /** Something was committed of these jobs: what of them may begin is carried at once, whoever leads. */
  look(ids: readonly string[]): void {
    if (ids.length === 0) return;
    for (const id of ids) this.#due.add(id);
    this.#looking ??= unattended(() => this.#lookAtDue());
  }

  async stop(): Promise<void> {
    await this.#lead.stop();
    await this.#looking;
    await this.#fires.stop();
    this.view.close();
  }

  #claimed(executions: readonly Doc<Execution>[]): void {
    const bodies = executions.map(({ body }) => body);
    this.#parts.measures.claimed(bodies);
    this.look(bodies.filter(({ status }) => status === "waiting").map(({ job }) => job));
  }

  async #lookAtDue(): Promise<void> {
    while (this.#due.size > 0) {
      const ids = [...this.#due];
      this.#due.clear();
      try {
        await this.view.refresh();
        const waiting = ids.flatMap((id) => {
          const state = this.view.get(id);
          return state && state.live.size <= MOST_LOOKED_AT ? waitingOfJob(state, this.view, Date.now()) : [];
        });
        await this.#carrier.carry(waiting.filter(({ ready }) => ready));
      } catch (err) {
        // The instance that leads looks through everything anyway.
        this.#parts.logger.debug({ err, ids }, "jobs could not be looked at once");
      }
    }
    this.#looking = undefined;
  }
}
