import { createHash } from "node:crypto";
import type { Schedule } from "../job.ts";
import type { ScheduleSpec } from "../port.ts";

/** The schedule that job `id` has when `spec` is asked for; the same on every side, whenever it is asked. */
export function scheduleFrom(spec: ScheduleSpec, id: string): Schedule {
  if (spec.kind === "cron") return { zone: "UTC", ...spec };
  if (spec.kind === "interval") return { anchorMs: phase(id) % spec.everyMs, ...spec };
  return spec;
}

function phase(id: string): number {
  return createHash("sha256").update(id).digest().readUIntBE(0, 6);
}
