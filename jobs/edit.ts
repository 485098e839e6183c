import { randomUUID } from "node:crypto";
import { currentContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Change, Doc, Precondition } from "@oms/data-kernel/client.ts";
import { commitAsked, type Editor, untilCommitted } from "./commit-asked.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { JOB, type Job, jobDocument } from "./job.ts";
import type { JobReply } from "./port.ts";
import { editReply } from "./replies.ts";
import { type Settlement, settle } from "./settle.ts";
import { allExecutions, requireJob } from "./stored.ts";
import { putJob, unchanged } from "./writes.ts";

/** An edit of a job that is there. */
export type Edit = {
  /** The port's method. */
  readonly name: string;
  readonly id: string;
  /** What is asked for: under one key it must be the same. */
  readonly request: object;
  /** The revision it is meant for. */
  readonly revision?: string | undefined;
  /** Ticks that were planned before it are claimed along with it, and its floor rises to them. */
  readonly settles: boolean;
  /** The job after it; the same object where there is nothing to do. Throws what is wrong with it. */
  readonly change: (job: Job, nowMs: number) => Job;
  /** What else must hold when it is committed. */
  readonly requires?: (job: Job) => Promise<readonly Precondition[]>;
};

/** Carries it out; what changes between its read and its commit makes it read again. */
export function edit(editor: Editor, asked: Edit): Promise<JobReply> {
  return untilCommitted(asked.id, () => editOnce(editor, asked));
}

async function editOnce(editor: Editor, asked: Edit): Promise<JobReply | undefined> {
  const [doc, executions] = await Promise.all([
    requireJob(editor, asked.id),
    asked.settles ? allExecutions(editor, asked.id) : [],
  ]);
  const { revision = doc.revision } = asked;
  if (revision !== doc.revision) return asBefore(editor, { ...asked, revision }, doc);
  const nowMs = editor.now();
  const after = asked.change(doc.body, nowMs);
  if (after === doc.body) return editReply(doc, [], nowMs);
  if (!asked.settles) return put(editor, asked, { doc, after, nowMs });
  const claimer = { side: editor.side, nowMs };
  const settlement = settle({ job: doc.body, executions }, claimer, after.state === "cancelled");
  if (settlement.partial && !currentContext().shadow) return catchUp(editor, doc, settlement);
  const settled = { ...after, floorMs: Math.max(after.floorMs, settlement.upToMs) };
  return put(editor, asked, { doc, after: settled, nowMs, settlement });
}

type Put = {
  readonly doc: Doc<Job>;
  readonly after: Job;
  readonly nowMs: number;
  readonly settlement?: Settlement;
};

async function put(
  editor: Editor,
  { name, id, request, requires }: Edit,
  { doc, after, nowMs, settlement }: Put,
): Promise<JobReply | undefined> {
  const more = (await requires?.(after)) ?? [];
  const changes = await commitAsked(editor, id, {
    message: `${name} ${id}`,
    fingerprint: fingerprintOf({ name, request }),
    writes: [putJob(after), ...(settlement?.writes ?? [])],
    preconditions: [unchanged(doc), ...more, ...(settlement?.preconditions ?? [])],
  });
  return changes && editReply(jobIn(changes), changes, nowMs);
}

/** Claims alone what is too much for the edit's own commit, which is then tried again. */
async function catchUp(
  editor: Editor,
  doc: Doc<Job>,
  { writes, preconditions }: Settlement,
): Promise<undefined> {
  const { id } = doc.body;
  const message = `catch up with ${id}`;
  const asked = { message, key: randomUUID(), writes, preconditions: [unchanged(doc), ...preconditions] };
  await commitAsked(editor, id, asked);
}

/** The job's document among what a commit changed. */
export function jobIn(changes: readonly Change[]): Doc<Job> {
  const change = changes.find(({ document }) => document.type === JOB);
  if (!change) throw new Error("an edit's commit did not change its job");
  return change.document as Doc<Job>;
}

/** Who asks once more hears what was answered: the commit's key knows. Who asks anew means a revision that has passed. */
async function asBefore(
  editor: Editor,
  { name, id, request, revision }: Edit & { readonly revision: string },
  { body, revision: current }: Doc<Job>,
): Promise<JobReply> {
  const changes = await commitAsked(editor, id, {
    message: `${name} ${id}`,
    fingerprint: fingerprintOf({ name, request }),
    writes: [putJob(body)],
    preconditions: [unchanged({ id: jobDocument(id), revision })],
  });
  if (changes) return editReply(jobIn(changes), changes, editor.now());
  const message = `the job is at revision ${current}`;
  throw new ServiceError("ABORTED", message, [{ field: "revision", message }]);
}
