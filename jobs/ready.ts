import type { Doc } from "@oms/data-kernel/client.ts";
import type { Execution, SkipReason } from "./execution.ts";
import type { JobState } from "./job-state.ts";

/** Beside beginning and waiting: why it is to be skipped. */
export type Readiness = "begin" | "wait" | Extract<SkipReason, "dependency" | "cancelled">;

export type Waiting = { readonly execution: Doc<Execution>; readonly readiness: Readiness };

type Circumstances = {
  readonly nowMs: number;
  /** The jobs it depends on; one that is not known has never run. */
  readonly jobs: { readonly get: (id: string) => JobState | undefined };
};

/**
 * The waiting executions of a job, and whether each may begin. Unless its executions may overlap, it is the first live
 * one alone. Dependencies count before an execution's first attempt: a run that has begun is tried again whatever has
 * become of them since. A run that was asked for while its job was being cancelled is left, and never begins.
 */
export function waitingOf(state: JobState, { nowMs, jobs }: Circumstances): Waiting[] {
  const { dependsOn, overlap, state: condition } = state.doc.body;
  const permission = permissionOf(dependsOn.map((id) => jobs.get(id)));
  const live = [...state.live.values()].sort(inOrder);
  return live
    .filter(({ body }) => body.status === "waiting")
    .map((execution): Waiting => {
      const { attempts, notBeforeMs = 0 } = execution.body;
      if (condition === "cancelled") return { execution, readiness: "cancelled" };
      const permitted = attempts.length === 0 ? permission : "begin";
      const held = nowMs < notBeforeMs || (overlap !== "allow" && execution !== live[0]);
      return { execution, readiness: permitted === "begin" && held ? "wait" : permitted };
    });
}

function permissionOf(dependencies: readonly (JobState | undefined)[]): Readiness {
  const answers = dependencies.map((state): Readiness => {
    if (!state?.lastEnded || state.live.size > 0) return "wait";
    return state.lastEnded.status === "done" ? "begin" : "dependency";
  });
  return (
    answers.find((answer) => answer === "dependency") ??
    answers.find((answer) => answer === "wait") ??
    "begin"
  );
}

function inOrder({ body: a }: Doc<Execution>, { body: b }: Doc<Execution>): number {
  return a.plannedMs - b.plannedMs || (a.tick < b.tick ? -1 : 1);
}
