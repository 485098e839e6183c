import { currentContext } from "@oms/chassis/context/context.ts";
import type { Change, Doc } from "@oms/data-kernel/client.ts";
import { type Checkpoint, type Execution, executionId } from "./execution.ts";
import type { Job } from "./job.ts";
import type { Evidence, ExecutionReply, ExecutionView, JobReply } from "./port.ts";
import { nextTicks } from "./schedule/planned.ts";

const NEXT = 3;
const FIRES_OF_EVIDENCE = 50;

export function jobReply({ body: job, revision }: Doc<Job>, nowMs: number): JobReply {
  return { job, revision, next: firesOf(job, nowMs, NEXT) };
}

/** The answer of an edit that changed `changes`, none of them where there was nothing to do. */
export function editReply(doc: Doc<Job>, changes: readonly Change[], nowMs: number): JobReply {
  return { ...jobReply(doc, nowMs), ...evidenceOf(doc.body, changes, nowMs) };
}

export function runReply(
  execution: Execution,
  { job, changes, nowMs }: { readonly job: Job; readonly changes: readonly Change[]; readonly nowMs: number },
): ExecutionReply {
  return { execution: executionView(execution), ...evidenceOf(job, changes, nowMs) };
}

export function executionView(execution: Execution, checkpoint?: Checkpoint): ExecutionView {
  const { tick: _, leaseMs: __, ...view } = execution;
  return { id: executionId(execution), ...view, ...(checkpoint && { progress: checkpoint.progress }) };
}

function evidenceOf(job: Job, changes: readonly Change[], nowMs: number): { readonly evidence?: Evidence } {
  if (!currentContext().evidence) return {};
  return { evidence: { changes, fires: firesOf(job, nowMs, FIRES_OF_EVIDENCE) } };
}

function firesOf(job: Job, nowMs: number, count: number): number[] {
  if (job.state !== "active") return [];
  return nextTicks(job.schedule, Math.max(nowMs, job.floorMs), count);
}
