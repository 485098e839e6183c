import { isDeepStrictEqual } from "node:util";
import { invalid, tooLarge } from "@oms/chassis/errors/service-error.ts";
import type { z } from "zod";
import type { Job, Owner } from "./job.ts";
import type { JsonObject } from "./json.ts";
import type { JobSpec, JobUpdate } from "./port.ts";
import { refusal } from "./refusal.ts";
import { requireFires, requirePattern } from "./schedule/require-fires.ts";
import { scheduleFrom } from "./schedule/schedule-from.ts";
import { jobSpec, jobUpdate } from "./spec.ts";

export const MAX_PAYLOAD_BYTES = 1024 * 1024;

/**
 * What somebody asks to register at `nowMs`. Throws INVALID_ARGUMENT with every field that is wrong or unknown, on
 * `schedule.…` for what never comes true, RESOURCE_EXHAUSTED on a `payload` over 1 MiB of JSON. Whether the job's type
 * and its dependencies exist, and its one time has not passed, depends on what there is, and is looked at afterwards.
 */
export function parseSpec(input: unknown, nowMs: number): JobSpec {
  const spec = parse(jobSpec, input);
  requireSize(spec.payload);
  requirePattern(scheduleFrom(spec.schedule, spec.id), nowMs);
  return spec;
}

/** What somebody asks to change; throws as `parseSpec` does. What it schedules, `updated` looks at. */
export function parseUpdate(input: unknown): JobUpdate {
  const update = parse(jobUpdate, input);
  requireSize(update.payload);
  return update;
}

/** The job that `spec` asks for, with everything it leaves open. No tick at or before `nowMs` is its own. */
export function jobFrom(
  spec: JobSpec,
  { owner, nowMs }: { readonly owner: Owner; readonly nowMs: number },
): Job {
  const { id, type } = spec;
  return {
    id,
    type,
    payload: spec.payload ?? {},
    schedule: scheduleFrom(spec.schedule, id),
    owner,
    state: "active",
    priority: spec.priority ?? 5,
    dependsOn: spec.dependsOn ?? [],
    retry: { attempts: 3, backoffMs: 1000, maxBackoffMs: 3_600_000, ...spec.retry },
    timeoutMs: spec.timeoutMs ?? 600_000,
    overlap: spec.overlap ?? "skip",
    misfire: spec.misfire ?? "fire-once",
    effect: spec.effect ?? "idempotent",
    tags: spec.tags ?? [],
    keep: spec.keep ?? 100,
    floorMs: nowMs,
    createdMs: nowMs,
  };
}

/**
 * `job` as `update` has it. Where that changes the schedule, what was planned up to `nowMs` is no longer its own, and
 * the new one must fire: throws INVALID_ARGUMENT on `schedule.…`. A schedule that is given as it is may be past.
 */
export function updated(job: Job, update: JobUpdate, nowMs: number): Job {
  const { revision: _, schedule: given, retry, ...settings } = update;
  const schedule = given ? scheduleFrom(given, job.id) : job.schedule;
  const rescheduled = !isDeepStrictEqual(schedule, job.schedule);
  if (rescheduled) requireFires(schedule, nowMs);
  return {
    ...job,
    ...settings,
    schedule,
    retry: { ...job.retry, ...retry },
    floorMs: rescheduled ? Math.max(job.floorMs, nowMs) : job.floorMs,
  };
}

function parse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(asJson(input));
  if (!parsed.success) throw refusal(parsed.error);
  return parsed.data;
}

/** As it would come back from the kernel or arrive over the wire, so that both sides see the same. */
function asJson(input: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(input));
  } catch (cause) {
    throw invalid("body", `must be JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function requireSize(payload: JsonObject | undefined): void {
  if (payload && Buffer.byteLength(JSON.stringify(payload)) > MAX_PAYLOAD_BYTES)
    throw tooLarge("payload", `must be at most ${MAX_PAYLOAD_BYTES} bytes of JSON`);
}
