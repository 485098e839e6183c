import type { Job, Schedule } from "@oms/jobs/job.ts";
import type { Evidence, ExecutionReply, ExecutionView, JobReply } from "@oms/jobs/port.ts";
import type {
  DeepPartial,
  Evidence as WireEvidence,
  Execution as WireExecution,
  Job as WireJob,
  JobState as WireJobState,
  Schedule as WireSchedule,
} from "@oms/protos/oms/scheduler/v1/scheduler.ts";

/** The answer of every edit. */
export function jobToWire(reply: JobReply) {
  return { state: stateToWire(reply), evidence: evidenceToWire(reply.evidence) };
}

export function executionReplyToWire({ execution, evidence }: ExecutionReply) {
  return { execution: executionToWire(execution), evidence: evidenceToWire(evidence) };
}

export function stateToWire({ job, revision, next }: JobReply): DeepPartial<WireJobState> {
  return { job: documentToWire(job), revision, next: [...next] };
}

export function executionToWire({ attempts, result, ...view }: ExecutionView): DeepPartial<WireExecution> {
  return {
    ...view,
    attempts: attempts.map((attempt) => ({ ...attempt })),
    result: result === undefined ? undefined : JSON.stringify(result),
  };
}

function documentToWire({ owner, state, floorMs, createdMs, ...job }: Job): DeepPartial<WireJob> {
  const { payload, schedule, dependsOn, tags, ...spec } = job;
  return {
    spec: {
      ...spec,
      payload: JSON.stringify(payload),
      schedule: scheduleToWire(schedule),
      dependsOn: { texts: [...dependsOn] },
      tags: { texts: [...tags] },
    },
    owner,
    state,
    floorMs,
    createdMs,
  };
}

function scheduleToWire(schedule: Schedule): WireSchedule {
  switch (schedule.kind) {
    case "cron":
      return { kind: { $case: "cron", value: { expression: schedule.expression, zone: schedule.zone } } };
    case "interval":
      return {
        kind: { $case: "interval", value: { everyMs: schedule.everyMs, anchorMs: schedule.anchorMs } },
      };
    case "once":
      return { kind: { $case: "once", value: { atMs: schedule.atMs } } };
    case "manual":
      return { kind: { $case: "manual", value: {} } };
  }
}

function evidenceToWire(evidence: Evidence | undefined): DeepPartial<WireEvidence> | undefined {
  return (
    evidence && {
      changes: evidence.changes.map(({ kind, document: { id, type, body } }) => ({
        kind,
        id,
        type,
        body: JSON.stringify(body),
      })),
      fires: [...evidence.fires],
    }
  );
}
