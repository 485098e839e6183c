import { z } from "zod";

/**
 * What the documents of jobs say that the kernel holds them to; `jobs/job.ts` and `jobs/execution.ts` have all of it.
 * Times are Unix milliseconds.
 */
const time = z.int("must be Unix milliseconds").min(0, "must be Unix milliseconds");

const job = z.object({
  id: z.string("must be a string"),
  state: z.enum(["active", "paused", "cancelled"], "must be active, paused or cancelled"),
  floorMs: time,
});

/** With whatever else it says, for what has ended is compared as a whole. */
const attempt = z.looseObject({
  n: z.int("must be a whole number"),
  side: z.string("must be a string"),
  worker: z.string("must be a string"),
  startedMs: time,
  endedMs: time.optional(),
});

const STATUSES = ["waiting", "running", "done", "failed", "skipped", "unknown"] as const;

const execution = z.object({
  job: z.string("must be a string"),
  tick: z.string("must be a string"),
  plannedMs: time,
  status: z.enum(STATUSES, `must be one of ${STATUSES.join(", ")}`),
  attempts: z.array(attempt, "must be a list"),
});

export type JobBody = z.infer<typeof job>;
export type ExecutionBody = z.infer<typeof execution>;
export type AttemptBody = z.infer<typeof attempt>;

/** What is wrong with a body, by JSON pointer. */
export type Problem = { readonly pointer: string; readonly message: string };
type Read<B> = { readonly body: B } | { readonly problems: readonly Problem[] };

export function readJob(value: unknown): Read<JobBody> {
  return read(job, value);
}

export function readExecution(value: unknown): Read<ExecutionBody> {
  return read(execution, value);
}

function read<B>(schema: z.ZodType<B>, value: unknown): Read<B> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { body: parsed.data };
  const problems = parsed.error.issues.map(({ path, message }) => ({
    pointer: path.map((part) => `/${String(part)}`).join(""),
    message,
  }));
  return { problems };
}

const JOB_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/u;
const PLANNED = /^(0|[1-9][0-9]{0,15})$/u;
const ASKED = /^run-[A-Za-z0-9-]+$/u;

export function isJobId(text: string): boolean {
  return JOB_ID.test(text);
}

/** `plannedMs` undefined: somebody asked for it. */
export type ExecutionName = {
  readonly job: string;
  readonly tick: string;
  readonly plannedMs: number | undefined;
};

/** What `<job>/<tick>` says; undefined when it names no execution. */
export function readExecutionName(text: string): ExecutionName | undefined {
  const slash = text.indexOf("/");
  const [job, tick] = [text.slice(0, Math.max(0, slash)), text.slice(slash + 1)];
  if (!isJobId(job)) return undefined;
  if (PLANNED.test(tick)) return { job, tick, plannedMs: Number(tick) };
  return ASKED.test(tick) ? { job, tick, plannedMs: undefined } : undefined;
}
