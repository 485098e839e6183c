import { currentContext, runInContext } from "@oms/chassis/context/context.ts";
import { invalid, notFound, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Kernel } from "@oms/data-kernel/client.ts";
import { type Execution, executionDocument } from "@oms/jobs/execution.ts";
import { schedulerBranch } from "@oms/jobs/job.ts";
import { isDead } from "@oms/jobs/job-state.ts";
import type {
  ExecutionName,
  ExecutionReply,
  HistoryReply,
  HistoryRequest,
  Scheduler,
} from "@oms/jobs/port.ts";
import { pageSizeOf } from "@oms/jobs/reads.ts";
import { executionView } from "@oms/jobs/replies.ts";
import type { JobsView } from "@oms/jobs/view.ts";

/** Executions that failed for good, or whose end nobody knows. */
export type DeadLetters = {
  /** The last to end first; of one job, or of all of them. @throws NOT_FOUND on `job`. */
  readonly list: (request: Partial<HistoryRequest>) => Promise<HistoryReply>;
  /**
   * Runs its job once more. Repeated, it answers with the same execution. @throws NOT_FOUND on `id`;
   * FAILED_PRECONDITION on `id` of an execution that is none.
   */
  readonly replay: (name: ExecutionName) => Promise<ExecutionReply>;
};

type DeadLettersParts = {
  readonly kernel: Kernel;
  /** First part of the branch's name. */
  readonly env: string;
  /** Throws while the jobs are not known. */
  readonly view: () => View;
  readonly runNow: Scheduler["runNow"];
};

type View = Pick<JobsView, "get" | "states" | "refresh">;
type Dead = { readonly id: string; readonly endedMs: number };

export function createDeadLetters(parts: DeadLettersParts): DeadLetters {
  return { list: (request) => list(parts, request), replay: (name) => replay(parts, name) };
}

async function list(
  parts: DeadLettersParts,
  { job, pageSize, pageToken }: Partial<HistoryRequest>,
): Promise<HistoryReply> {
  const size = pageSizeOf(pageSize);
  const after = pageToken === undefined ? undefined : placeIn(pageToken);
  const view = parts.view();
  await view.refresh();
  const all = deadOf(view, job).sort(lastFirst);
  const from = after ? all.findIndex((each) => lastFirst(after, each) < 0) : 0;
  const page = from < 0 ? [] : all.slice(from, from + size);
  const found = await Promise.all(page.map(({ id }) => find(parts, id)));
  const last = page.at(-1);
  return {
    executions: found.filter((each) => each !== undefined).map((each) => executionView(each)),
    ...(last && from + size < all.length && { nextPageToken: `${last.endedMs}/${last.id}` }),
  };
}

function deadOf(view: View, job: string | undefined): Dead[] {
  const state = job === undefined ? undefined : view.get(job);
  if (job !== undefined && !state) throw notFound("job", `there is no job ${job}`);
  return [...(state ? [state] : view.states())].flatMap(({ doc, dead }) =>
    [...dead].map(([tick, endedMs]) => ({ id: `${doc.body.id}/${tick}`, endedMs })),
  );
}

function lastFirst(a: Dead, b: Dead): number {
  return b.endedMs - a.endedMs || (a.id < b.id ? -1 : Number(a.id !== b.id));
}

function placeIn(token: string): Dead {
  const [, endedMs, id] = /^(\d{1,15})\/(.+)$/.exec(token) ?? [];
  if (endedMs === undefined || id === undefined) throw invalid("pageToken", "must be one of a page before");
  return { endedMs: Number(endedMs), id };
}

async function replay(parts: DeadLettersParts, { id }: ExecutionName): Promise<ExecutionReply> {
  const execution = await find(parts, id);
  if (!execution) throw notFound("id", `there is no execution ${id}`);
  if (!isDead(execution)) {
    const message = `is ${execution.status}: it has neither failed nor is unknown`;
    throw new ServiceError("FAILED_PRECONDITION", `${id} ${message}`, [{ field: "id", message }]);
  }
  // One key for one dead letter, whoever asks and however often.
  const context = { ...currentContext(), key: `replay-${id}` };
  return runInContext(context, () => parts.runNow({ id: execution.job }));
}

async function find({ kernel, env }: DeadLettersParts, id: string): Promise<Execution | undefined> {
  return (await kernel.get<Execution>(schedulerBranch(env), executionDocument(id)))?.body;
}
