import type { Kernel } from "@oms/data-kernel/client.ts";
import type { Attempt, AttemptsPort } from "@oms/jobs/attempts.ts";
import { type Checkpoint, checkpointDocument } from "@oms/jobs/execution.ts";
import type { Registry } from "@oms/jobs/executors/registry.ts";
import { failureOf } from "@oms/jobs/failure.ts";
import type { Faults } from "@oms/jobs/faults.ts";
import type { GroupCommit } from "@oms/jobs/group-commit.ts";
import { schedulerBranch } from "@oms/jobs/job.ts";
import type { Json } from "@oms/jobs/json.ts";
import type { Outcome } from "@oms/jobs/outcome.ts";
import { skip } from "@oms/jobs/skip.ts";
import { unattended } from "@oms/jobs/unattended.ts";
import type { Due } from "./runner.ts";

export type PerformParts = {
  readonly kernel: Kernel;
  /** First part of every kernel branch. */
  readonly env: string;
  readonly commits: GroupCommit;
  readonly attempts: AttemptsPort;
  readonly executors: Registry;
  readonly faults: Faults;
  /** Aborted when the process stops and its attempts have had their time. */
  readonly stopping: AbortSignal;
  /** Unix milliseconds. */
  readonly now: () => number;
};

/** Makes the next attempt of an execution, in this very process; one that must not begin is skipped. */
export async function perform(due: Due, parts: PerformParts): Promise<void> {
  const { readiness: reason, execution } = due;
  if (reason === "dependency" || reason === "cancelled") {
    await skip(execution, { commits: parts.commits, reason, nowMs: parts.now() });
    return;
  }
  const attempt = await parts.attempts.begin(due);
  if (!attempt) return;
  const outcome = await run(attempt, parts);
  parts.faults.at("before-result");
  if (outcome) await attempt.finish(outcome);
}

/** How the attempt ended; undefined when it is no longer ours. What ignores its signal is left behind. */
async function run(attempt: Attempt, parts: PerformParts): Promise<Outcome | undefined> {
  const { job, signal: lost } = attempt;
  const timeout = AbortSignal.timeout(job.timeoutMs);
  const signal = AbortSignal.any([lost, timeout, parts.stopping]);
  try {
    const result = await unlessAborted(signal, execute(attempt, signal, parts));
    parts.faults.at("after-effect");
    return { outcome: "done", result };
  } catch (error) {
    if (lost.aborted) return undefined;
    if (timeout.aborted) {
      const message = `did not end within ${job.timeoutMs} ms`;
      return { outcome: "timeout", error: { code: "timeout", message } };
    }
    if (parts.stopping.aborted) return afterStop(job.effect);
    const { code, message, final } = failureOf(error);
    return { outcome: "failed", error: { code, message }, final };
  }
}

async function execute(
  { id, job, execution, n, checkpoint }: Attempt,
  signal: AbortSignal,
  { kernel, env, executors }: PerformParts,
): Promise<Json | undefined> {
  const left = n > 1 ? await lastCheckpoint(kernel, env, id) : undefined;
  const task = { id, job: job.id, attempt: n, plannedMs: execution.plannedMs, payload: job.payload };
  return executors.run(job.type, { ...task, checkpoint: left }, { kernel, env, signal, checkpoint });
}

async function lastCheckpoint(kernel: Kernel, env: string, id: string): Promise<Json | undefined> {
  const branch = schedulerBranch(env);
  const left = await unattended(() => kernel.get<Checkpoint>(branch, checkpointDocument(id)));
  return left?.body.data;
}

/** Nobody knows what it had done before; a job that may be repeated is begun again by another process. */
function afterStop(effect: "idempotent" | "once"): Outcome {
  const error = { code: "stopped", message: "its process was told to stop" };
  return { outcome: effect === "once" ? "lost" : "failed", error };
}

function unlessAborted<R>(signal: AbortSignal, work: Promise<R>): Promise<R> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  return Promise.race([work, promise]).finally(() => signal.removeEventListener("abort", abort));
}
