import type { Outcome } from "@oms/jobs/outcome.ts";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Pool } from "./sandbox/pool.ts";

export type WorkerMetrics = {
  /** `gone`: it was taken away while it ran, or before it began. */
  readonly ended: (type: string, outcome: Outcome["outcome"] | "gone", seconds: number) => void;
};

export function workerMetrics(registry: Registry, pool: Pick<Pool, "ready" | "waiting">): WorkerMetrics {
  const registers = [registry];
  const attempts = new Counter({
    name: "scheduler_attempts_total",
    help: "Attempts by how they ended: done, failed, timeout, lost, or gone: no longer this worker's.",
    labelNames: ["type", "outcome"],
    registers,
  });
  const duration = new Histogram({
    name: "scheduler_attempt_seconds",
    help: "From an attempt's begin to its end, the wait for a child included.",
    labelNames: ["type"],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600, 3600],
    registers,
  });
  new Gauge({
    name: "scheduler_children_ready",
    help: "Children that take work, or have some.",
    registers,
    collect() {
      this.set(pool.ready);
    },
  });
  new Gauge({
    name: "scheduler_attempts_waiting",
    help: "Attempts that have begun and have no child yet.",
    registers,
    collect() {
      this.set(pool.waiting);
    },
  });
  return {
    ended(type, outcome, seconds) {
      attempts.inc({ type, outcome });
      duration.observe({ type }, seconds);
    },
  };
}
