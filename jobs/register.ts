import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Doc } from "@oms/data-kernel/client.ts";
import { commitAsked, type Editor, untilCommitted } from "./commit-asked.ts";
import { requireDependencies } from "./dependencies.ts";
import { jobIn } from "./edit.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { type Job, jobDocument } from "./job.ts";
import type { JobReply, JobSpec } from "./port.ts";
import { editReply } from "./replies.ts";
import { requireFires } from "./schedule/require-fires.ts";
import { scheduleFrom } from "./schedule/schedule-from.ts";
import { findJob } from "./stored.ts";
import { jobFrom } from "./validate.ts";
import { putJob, unchanged } from "./writes.ts";

/**
 * Makes a job, anew where it was cancelled. @throws ALREADY_EXISTS on `id`, INVALID_ARGUMENT on `schedule.…` for what
 * never fires.
 */
export async function register(editor: Editor, spec: JobSpec): Promise<JobReply> {
  if (isPast(spec, editor.now())) await requireAsked(editor, spec);
  let before: Doc<Job> | undefined;
  return untilCommitted(spec.id, async () => {
    const reply = await commitNew(editor, spec, before);
    if (reply) return reply;
    before = await findJob(editor, spec.id);
    if (before && before.body.state !== "cancelled") throw alreadyThere(spec.id);
    return undefined;
  });
}

/** Undefined where there is a job that is not `before`. */
async function commitNew(
  editor: Editor,
  spec: JobSpec,
  before: Doc<Job> | undefined,
): Promise<JobReply | undefined> {
  const nowMs = editor.now();
  const made = jobFrom(spec, { owner: editor.side, nowMs });
  const job = { ...made, floorMs: Math.max(made.floorMs, before?.body.floorMs ?? 0) };
  const more = await requireDependencies(editor, job);
  const changes = await commitAsked(editor, job.id, {
    message: `register ${job.id}`,
    fingerprint: fingerprintOf({ name: "register", request: spec }),
    writes: [putJob(job)],
    preconditions: [before ? unchanged(before) : { absent: jobDocument(job.id) }, ...more],
  });
  return changes && editReply(jobIn(changes), changes, nowMs);
}

function isPast({ schedule }: JobSpec, nowMs: number): boolean {
  return schedule.kind === "once" && schedule.atMs <= nowMs;
}

/** Who asks once more, its time having passed meanwhile, hears what was answered: the commit's key knows. */
async function requireAsked(editor: Editor, { id, schedule }: JobSpec): Promise<void> {
  const asked = await findJob(editor, id);
  if (!asked || asked.body.state === "cancelled") requireFires(scheduleFrom(schedule, id), editor.now());
}

function alreadyThere(id: string): ServiceError {
  const message = "is the id of a job that is there";
  return new ServiceError("ALREADY_EXISTS", `${id} ${message}`, [{ field: "id", message }]);
}
