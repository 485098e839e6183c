import { invalid, notFound } from "@oms/chassis/errors/service-error.ts";
import type { Doc } from "@oms/data-kernel/client.ts";
import { type Checkpoint, checkpointDocument, type Execution, executionDocument } from "./execution.ts";
import { EXECUTION, JOB, type Job, schedulerBranch } from "./job.ts";
import type {
  ExecutionName,
  ExecutionReply,
  HistoryReply,
  HistoryRequest,
  JobName,
  JobReply,
  ListReply,
  ListRequest,
} from "./port.ts";
import { executionView, jobReply } from "./replies.ts";
import { executionsOf, requireJob, type Store } from "./stored.ts";

type Reader = Store & { readonly now: () => number };

const PAGE_SIZE = 100;
const MOST_PAGE_SIZE = 1000;
/** Pages of jobs that are looked through for one answer. */
const MOST_PAGES = 20;

export async function getJob(reader: Reader, { id }: JobName): Promise<JobReply> {
  return jobReply(await requireJob(reader, id), reader.now());
}

/** By id. With a tag or a type a page may hold fewer than were asked for, and still not be the last. */
export async function listJobs(reader: Reader, request: ListRequest): Promise<ListReply> {
  const size = pageSizeOf(request.pageSize);
  const found: Doc<Job>[] = [];
  let { pageToken } = request;
  for (let pages = 0; pages < MOST_PAGES && found.length < size; pages += 1) {
    const page = await reader.kernel.query<Job>({
      branch: schedulerBranch(reader.env),
      type: JOB,
      pageSize: size - found.length,
      ...(pageToken !== undefined && { pageToken }),
    });
    found.push(...page.documents.filter(({ body }) => matches(body, request)));
    pageToken = page.nextPageToken;
    if (pageToken === undefined) break;
  }
  const nowMs = reader.now();
  return { jobs: found.map((doc) => jobReply(doc, nowMs)), ...next(pageToken) };
}

export async function getExecution({ kernel, env }: Reader, { id }: ExecutionName): Promise<ExecutionReply> {
  const branch = schedulerBranch(env);
  const [execution, checkpoint] = await Promise.all([
    kernel.get<Execution>(branch, executionDocument(id)),
    kernel.get<Checkpoint>(branch, checkpointDocument(id)),
  ]);
  if (!execution) throw notFound("id", `there is no execution ${id}`);
  return { execution: executionView(execution.body, checkpoint?.body) };
}

/** Run-nows first, then ticks, the newest first. @throws NOT_FOUND on `job`. */
export async function listExecutions(reader: Reader, request: HistoryRequest): Promise<HistoryReply> {
  const { job, pageSize, pageToken } = request;
  const page = await reader.kernel.query<Execution>({
    branch: schedulerBranch(reader.env),
    type: EXECUTION,
    prefix: executionsOf(job),
    descending: true,
    pageSize: pageSizeOf(pageSize),
    ...(pageToken !== undefined && { pageToken }),
  });
  if (page.documents.length === 0) await requireJob(reader, job, "job");
  const executions = page.documents.map(({ body }) => executionView(body));
  return { executions, ...next(page.nextPageToken) };
}

function matches({ tags, type }: Job, wanted: ListRequest): boolean {
  if (wanted.tag !== undefined && !tags.includes(wanted.tag)) return false;
  return wanted.type === undefined || wanted.type === type;
}

function next(pageToken: string | undefined): { readonly nextPageToken?: string } {
  return pageToken === undefined ? {} : { nextPageToken: pageToken };
}

/** @throws INVALID_ARGUMENT on `pageSize`. */
export function pageSizeOf(size = PAGE_SIZE): number {
  if (Number.isInteger(size) && size >= 1 && size <= MOST_PAGE_SIZE) return size;
  throw invalid("pageSize", `must be an integer from 1 to ${MOST_PAGE_SIZE}`);
}
