import type { Evidence, JobSpec, JobUpdate, ScheduleSpec } from "@oms/jobs/port.ts";
import type * as wire from "@oms/protos/oms/scheduler/v1/scheduler.ts";

/** A request that has been looked at, as the wire spells it; what is absent stays absent. */
export function specToWire({ payload, schedule, dependsOn, tags, retry, ...rest }: JobSpec | JobUpdate) {
  return {
    ...rest,
    ...(payload && { payload: JSON.stringify(payload) }),
    ...(schedule && { schedule: scheduleToWire(schedule) }),
    ...(dependsOn && { dependsOn: { texts: [...dependsOn] } }),
    ...(tags && { tags: { texts: [...tags] } }),
    ...(retry && { retry }),
  };
}

function scheduleToWire(schedule: ScheduleSpec): wire.Schedule {
  switch (schedule.kind) {
    case "cron":
      return { kind: { $case: "cron", value: schedule } };
    case "interval":
      return { kind: { $case: "interval", value: schedule } };
    case "once":
      return { kind: { $case: "once", value: schedule } };
    case "manual":
      return { kind: { $case: "manual", value: {} } };
  }
}

/**
 * What follows is under the port's names, but not looked at. All throw where a JSON text is none.
 */
export function stateFromWire(state: wire.JobState | undefined): object | undefined {
  return state && { ...state, job: state.job && jobFromWire(state.job) };
}

function jobFromWire({ spec, ...rest }: wire.Job): object {
  const { payload, schedule, dependsOn, tags, ...others } = spec ?? { id: "" };
  return {
    ...present(others),
    payload: parsed(payload),
    schedule: scheduleFromWire(schedule),
    dependsOn: dependsOn?.texts,
    tags: tags?.texts,
    ...rest,
  };
}

function scheduleFromWire(schedule: wire.Schedule | undefined): object | undefined {
  const kind = schedule?.kind;
  return kind && { kind: kind.$case, ...present(kind.value) };
}

export function executionFromWire(execution: wire.Execution | undefined): object | undefined {
  if (!execution) return undefined;
  const { result, attempts, ...rest } = execution;
  return present({ ...rest, attempts: attempts.map(present), result: parsed(result) });
}

/** Of what the kernel did nothing is left out, and no more is said of it. */
export function evidenceFromWire({ changes, fires }: wire.Evidence): Evidence {
  return {
    fires,
    changes: changes.map(({ kind, id, type, body }) => ({
      kind: kind as Evidence["changes"][number]["kind"],
      document: { id, type, body: JSON.parse(body) as unknown, revision: "" },
    })),
  };
}

const parsed = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text));

function present(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
