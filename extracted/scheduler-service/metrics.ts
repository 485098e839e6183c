import type { Metrics } from "@oms/chassis/metrics.ts";
import type { Execution } from "@oms/jobs/execution.ts";
import { Counter, Gauge, Histogram } from "prom-client";

export type SchedulerMetrics = {
  /** Executions that this instance claimed. */
  readonly claimed: (executions: readonly Execution[]) => void;
  /** Names what a gauge is read from; one that cannot be read now keeps its last value. */
  readonly watch: (gauge: keyof typeof GAUGES, values: () => Values | Promise<Values>) => void;
};

/** Of a gauge, by its label. */
type Values = Readonly<Record<string, number>>;

const GAUGES = {
  scheduler_leader: ["instance", "1 where this instance keeps the time."],
  scheduler_jobs: ["state", "Jobs of this side, by their state."],
  scheduler_executions: ["status", "Executions that have not ended, by their status."],
  scheduler_queue_jobs: ["state", "What is in the queue, by what BullMQ says of it."],
  scheduler_dead_letters: ["status", "Executions that failed for good or ended unknown, and are kept."],
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
  return {
    claimed(executions) {
      for (const { reason, plannedMs, claimedMs } of executions) {
        ticks.inc({ decision: reason ?? "fire" });
        if (reason === undefined) lateness.observe(Math.max(0, claimedMs - plannedMs) / 1000);
      }
    },
    watch(name, values) {
      const [label, help] = GAUGES[name];
      new Gauge({
        name,
        help,
        labelNames: [label],
        registers,
        async collect() {
          const read = await (async () => values())().catch((): Values => ({}));
          for (const [value, count] of Object.entries(read)) this.set({ [label]: value }, count);
        },
      });
    },
  };
}
