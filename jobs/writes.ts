import type { Precondition, Write } from "@oms/data-kernel/client.ts";
import {
  type Checkpoint,
  checkpointDocument,
  type Execution,
  executionDocument,
  executionId,
} from "./execution.ts";
import { CHECKPOINT, EXECUTION, JOB, type Job, jobDocument } from "./job.ts";

export function putJob(job: Job): Write {
  return { put: { id: jobDocument(job.id), type: JOB, body: job } };
}

export function putExecution(execution: Execution): Write {
  return { put: { id: executionDocument(executionId(execution)), type: EXECUTION, body: execution } };
}

/** `id` of the execution. */
export function putCheckpoint(id: string, checkpoint: Checkpoint): Write {
  return { put: { id: checkpointDocument(id), type: CHECKPOINT, body: checkpoint } };
}

/** The document is as it was read. */
export function unchanged({
  id,
  revision,
}: {
  readonly id: string;
  readonly revision: string;
}): Precondition {
  return { revision: { id, revision } };
}

/** Nobody has claimed it. */
export function unclaimed(execution: Pick<Execution, "job" | "tick">): Precondition {
  return { absent: executionDocument(executionId(execution)) };
}
