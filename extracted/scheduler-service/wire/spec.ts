import type { JobSpec, ScheduleSpec } from "@oms/jobs/port.ts";
import type { JobSpec as WireSpec } from "@oms/protos/oms/scheduler/v1/scheduler.ts";

/**
 * What a request said, under the port's names and with what is absent left out. It has not been looked at: a text that
 * must be one of a few may be another, a payload that is no JSON stays the text it is.
 */
export function specFromWire(wire: WireSpec | undefined): JobSpec {
  const { payload, schedule, dependsOn, retry, tags, ...rest } = wire ?? { id: "" };
  return present({
    ...rest,
    payload: payload === undefined ? undefined : jsonOr(payload),
    schedule: scheduleFromWire(schedule),
    dependsOn: dependsOn?.texts,
    retry: retry && present(retry),
    tags: tags?.texts,
  }) as JobSpec;
}

function scheduleFromWire(schedule: WireSpec["schedule"] | undefined): ScheduleSpec | undefined {
  const kind = schedule?.kind;
  return kind && (present({ kind: kind.$case, ...kind.value }) as ScheduleSpec);
}

/** The text itself where it is no JSON, so that whoever looks at the payload refuses it. */
function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function present(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
