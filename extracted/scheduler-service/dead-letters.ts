import type { ExecutionName, ExecutionReply, HistoryReply, HistoryRequest } from "@oms/jobs/port.ts";

/** Executions that failed for good or ended unknown. */
export type DeadLetters = {
  /** Newest first; of one job, or of all of them. */
  readonly list: (request: Partial<HistoryRequest>) => Promise<HistoryReply>;
  /** Runs its job once more. Repeated, it answers with the same execution. */
  readonly replay: (name: ExecutionName) => Promise<ExecutionReply>;
};
