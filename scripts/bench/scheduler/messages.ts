import {
  type JobSpec,
  RegisterJobResponse,
  RunJobResponse,
  SchedulerServiceDefinition,
} from "@oms/protos/oms/scheduler/v1/scheduler.ts";

const HOURLY = 3_600_000;

/** A job as the bench registers it: next hour, with nothing to do. */
export function specOf(id: string, everyMs = HOURLY) {
  return {
    id,
    type: "bench-nothing",
    payload: "{}",
    schedule: { kind: { $case: "interval", value: { everyMs } } },
  } as const;
}

export const pathOf = (method: string) => `/${SchedulerServiceDefinition.fullName}/${method}`;

const spec: Partial<JobSpec> = {
  ...specOf("some-job"),
  priority: 0,
  timeoutMs: 60_000,
  effect: "idempotent",
};

/** Answers as large as the service's own. */
export const stateAnswer = RegisterJobResponse.fromPartial({
  state: { job: { spec, owner: "extracted", state: "active" }, revision: "a".repeat(36), next: [1, 2, 3] },
});
export const executionAnswer = RunJobResponse.fromPartial({
  execution: { id: "some-job/run-1", job: "some-job", claimedBy: "extracted", status: "waiting" },
});
