import type { JobsView } from "@oms/jobs/view.ts";
import type { Queue } from "bullmq";
import type { Brain } from "./brain.ts";
import type { SchedulerMetrics } from "./metrics.ts";

/** Has the gauges read what they are of. */
export function watchGauges(measures: SchedulerMetrics, brain: Brain, queue: Queue): void {
  measures.watch("scheduler_leader", () => Number(brain.open.leads));
  measures.watch("scheduler_jobs", () => jobsByState(brain.open.view));
  measures.watch("scheduler_executions", () => executionsByStatus(brain.open.view));
  measures.watch("scheduler_dead_letters", () => deadLetters(brain.open.view));
  measures.watch("scheduler_queue_jobs", () =>
    queue.getJobCounts("wait", "prioritized", "delayed", "active"),
  );
}

function jobsByState(view: JobsView) {
  const counts = { active: 0, paused: 0, cancelled: 0 };
  for (const { doc } of view.states()) if (doc.body.owner === "extracted") counts[doc.body.state] += 1;
  return counts;
}

function executionsByStatus(view: JobsView) {
  const counts = { waiting: 0, running: 0 };
  for (const { live } of view.busy())
    for (const { body } of live.values()) counts[body.status === "running" ? "running" : "waiting"] += 1;
  return counts;
}

function deadLetters(view: JobsView): number {
  let count = 0;
  for (const { dead } of view.states()) count += dead.size;
  return count;
}
