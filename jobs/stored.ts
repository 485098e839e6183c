import { notFound } from "@oms/chassis/errors/service-error.ts";
import type { Doc, Kernel } from "@oms/data-kernel/client.ts";
import type { Execution } from "./execution.ts";
import { EXECUTION, type Job, jobDocument, schedulerBranch } from "./job.ts";

/** Where jobs are stored; `env` is the first part of the branch's name. */
export type Store = { readonly kernel: Kernel; readonly env: string };

/** The prefix of the documents of a job's executions. */
export function executionsOf(job: string): string {
  return `${EXECUTION}/${job}/`;
}

export function findJob({ kernel, env }: Store, id: string): Promise<Doc<Job> | undefined> {
  return kernel.get<Job>(schedulerBranch(env), jobDocument(id));
}

/** @throws NOT_FOUND on `field`. */
export async function requireJob(store: Store, id: string, field = "id"): Promise<Doc<Job>> {
  const doc = await findJob(store, id);
  if (!doc) throw notFound(field, `there is no job ${id}`);
  return doc;
}

/** Every execution there is of a job. */
export async function allExecutions({ kernel, env }: Store, job: string): Promise<Doc<Execution>[]> {
  const asked = { branch: schedulerBranch(env), type: EXECUTION, prefix: executionsOf(job), pageSize: 1000 };
  const first = await kernel.query<Execution>({ ...asked, descending: true });
  const all = [...first.documents];
  for (let pageToken = first.nextPageToken; pageToken !== undefined; ) {
    const page = await kernel.query<Execution>({ ...asked, descending: true, pageToken });
    all.push(...page.documents);
    pageToken = page.nextPageToken;
  }
  return all;
}
