import type { Metrics } from "@oms/chassis/metrics.ts";
import type { Execution } from "@oms/jobs/execution.ts";
import { Counter, Gauge, Histogram } from "prom-client";

export type SchedulerMetrics = {
  /** Executions that this instance claimed. */
  readonly claimed: (executions: readonly Execution[]) => void;
  /** Attempts that were taken for lost, and executions that were deleted, by this instance. */
  readonly upkept: (lost: number, deleted: number) => void;
  /** Names what a gauge is read from; one that cannot be read now keeps its last value. */
  readonly watch: (gauge: keyof typeof GAUGES, read: () => Reading | Promise<Reading>) => void;
};

/** Of a gauge: one number, or one for each value of its label. */
type Reading = number | Readonly<Record<string, number>>;

const GAUGES = {
  scheduler_leader: "1 where this instance keeps the time.",
  scheduler_jobs: "Jobs of this side, by their state.",
  scheduler_executions: "Executions that have not ended, by their state.",
  scheduler_queue_jobs: "What is in the queue, by what BullMQ says of it.",
  scheduler_dead_letters: "Executions that failed for good or ended unknown, and are kept.",
} as const;

/** From a tick's planned time to its claim. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300];

export function createSchedulerMetrics({ registry }: Metrics): SchedulerMetrics {
  const registers = [registry];
  const ticks = new Counter({
    name: "scheduler_ticks_claimed_total",
    help: "Ticks that this instance claimed, by what was decided of them.",
    labelNames: ["decision"],
    registers,
  });
  const lateness = new Histogram({
    name: "scheduler_tick_lateness_seconds",
    help: "Time from when a tick was planned to when it was claimed to fire.",
    buckets: SECONDS,
    registers,
  });
  const lost = new Counter({
    name: "scheduler_attempts_lost_total",
    help: "Attempts whose lease ran out, as this instance saw it.",
    registers,
  });
  const deleted = new Counter({
    name: "scheduler_executions_deleted_total",
    help: "Ended executions that this instance deleted, their job having more than it keeps.",
    registers,
  });
  return {
    upkept(lostNow, deletedNow) {
      lost.inc(lostNow);
      deleted.inc(deletedNow);
    },
    claimed(executions) {
      for (const { reason, plannedMs, claimedMs } of executions) {
        ticks.inc({ decision: reason ?? "fire" });
        if (reason === undefined) lateness.observe(Math.max(0, claimedMs - plannedMs) / 1000);
      }
    },
    watch(name, read) {
      new Gauge({
        name,
        help: GAUGES[name],
        labelNames: ["state"],
        registers,
        async collect() {
          const reading = await (async () => read())().catch((): Reading => ({}));
          if (typeof reading === "number") this.set(reading);
          else for (const [state, count] of Object.entries(reading)) this.set({ state }, count);
        },
      });
    },
  };
}
