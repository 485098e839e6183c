import { createHash } from "node:crypto";
import { currentContext, newContext, runInContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Difference, DiffPage, Doc, Kernel } from "@oms/data-kernel/client.ts";
import pLimit from "p-limit";
import { z } from "zod";
import type { Executor, Task, Tools } from "../executor.ts";
import { commitTo, isAbsent } from "./commit-to.ts";
import { textOf } from "./object-text.ts";

export type EmbedRequest = {
  /** The ontology's branch. */
  readonly branch: string;
  readonly id: string;
  readonly type: string;
  /** Empty: nothing finds the object any more. */
  readonly text: string;
};
/** Makes an object findable by its text; idempotent by the context's key. */
export type Embed = (request: EmbedRequest) => Promise<unknown>;

const payload = z.strictObject({
  branch: z.string().min(1).max(100).default("main"),
  /** Everything, not only what changed since the last time. */
  all: z.boolean("must be true or false").default(false),
});
type Payload = z.infer<typeof payload>;

const object = z.object({ id: z.string(), type: z.string(), properties: z.record(z.string(), z.unknown()) });
type OntologyObject = z.infer<typeof object>;

/** Between which commits, and how far it has come: `token` is the next page's, null after the last. */
const progress = z.object({
  from: z.string(),
  to: z.string(),
  token: z.string().nullable(),
  embedded: z.int(),
  refused: z.int(),
});
type Progress = z.infer<typeof progress>;

const CONCURRENCY = 8;
/** What says of an object that another try would be refused alike. */
const FINAL = new Set(["INVALID_ARGUMENT", "FAILED_PRECONDITION", "RESOURCE_EXHAUSTED"]);

/**
 * Embeds the objects of a branch that changed since the job did so last, as they are by the time their turn comes. How
 * far a job has come is its document `Embedded/<job>` on `<env>/scheduler/cursors`, which the end of an execution moves.
 */
export function reembed(embed: Embed | undefined): Executor<Payload> {
  return {
    type: "reembed",
    payload,
    async run(task, tools) {
      if (!embed) throw new ServiceError("UNAVAILABLE", "there is no embedding here");
      let state = await beginning(task, tools);
      while (state.token !== null) {
        tools.signal.throwIfAborted();
        state = await embedPage({ task, tools, embed }, state);
        await tools.checkpoint(state.token === null ? 1 : 0.5, state);
      }
      await moveCursor(task, tools, state);
      const { from, to, embedded, refused } = state;
      return { from, to, embedded, refused };
    },
  };
}

const sourceBranch = (env: string, branch: string) => `${env}/oms/${branch}`;
const cursorsBranch = (env: string) => `${env}/scheduler/cursors`;
const cursorId = (job: string) => `Embedded/${job}`;

type Cursor = { readonly branch: string; readonly at: string };

async function beginning(task: Task<Payload>, { kernel, env, checkpoint }: Tools): Promise<Progress> {
  const known = progress.safeParse(task.checkpoint);
  if (known.success) return known.data;
  const { branch, all } = task.payload;
  const cursor = all ? undefined : await readCursor(kernel, env, task.job);
  const { commits } = await kernel.log({ branch: sourceBranch(env, branch), pageSize: 1 });
  const from = cursor?.branch === branch ? cursor.at : "beginning";
  const state = { from, to: commits[0]?.id ?? "beginning", token: "", embedded: 0, refused: 0 };
  await checkpoint(0, state);
  return state;
}

async function readCursor(kernel: Kernel, env: string, job: string): Promise<Cursor | undefined> {
  try {
    return (await kernel.get<Cursor>(cursorsBranch(env), cursorId(job)))?.body;
  } catch (error) {
    if (isAbsent(error, "branch")) return undefined;
    throw error;
  }
}

async function moveCursor(task: Task<Payload>, { kernel, env }: Tools, { to }: Progress): Promise<void> {
  const body = { branch: task.payload.branch, at: to } satisfies Cursor;
  await commitTo(kernel, {
    branch: cursorsBranch(env),
    message: `embedded ${task.payload.branch} up to ${to}`,
    key: task.id,
    fingerprint: task.id,
    writes: [{ put: { id: cursorId(task.job), type: "Embedded", body } }],
  });
}

type Work = { readonly task: Task<Payload>; readonly tools: Tools; readonly embed: Embed };

async function embedPage(work: Work, state: Progress): Promise<Progress> {
  const { tools, task } = work;
  const page = await changedPage(tools.kernel, sourceBranch(tools.env, task.payload.branch), state);
  const limit = pLimit(CONCURRENCY);
  const outcomes = await Promise.all(
    page.differences.flatMap(objectOf).map((known) => limit(() => embedNow(work, known))),
  );
  const refused = outcomes.filter((outcome) => outcome === "refused").length;
  return {
    ...state,
    from: page.from,
    token: page.nextPageToken ?? null,
    embedded: state.embedded + outcomes.length - refused,
    refused: state.refused + refused,
  };
}

/** Where the branch was taken back behind what was embedded, everything is. */
async function changedPage(kernel: Kernel, branch: string, state: Progress): Promise<DiffPage<unknown>> {
  const { from, to, token } = state;
  const asked = { to: { branch, at: to }, pageSize: 200, ...(token && { pageToken: token }) };
  try {
    return await kernel.diff<unknown>({ ...asked, from: { branch, at: from } });
  } catch (error) {
    if (token || !isAbsent(error, "from.at")) throw error;
    return kernel.diff<unknown>({ ...asked, from: { branch, at: "beginning" } });
  }
}

function objectOf({ id, before, after }: Difference<unknown>): OntologyObject[] {
  const known = object.safeParse((after ?? before)?.body);
  return id.startsWith("Object/") && known.success ? [known.data] : [];
}

async function embedNow(
  { task, tools, embed }: Work,
  known: OntologyObject,
): Promise<"embedded" | "refused"> {
  tools.signal.throwIfAborted();
  const { branch } = task.payload;
  const now = await tools.kernel.get<unknown>(sourceBranch(tools.env, branch), `Object/${known.id}`);
  const body = object.safeParse(now?.body);
  const text = body.success ? textOf(body.data) : "";
  const request = { branch, id: known.id, type: body.data?.type ?? known.type, text };
  const { author, traceparent } = currentContext();
  const context = newContext({ author, traceparent, branch, key: keyOf(task, known.id, now) });
  try {
    await runInContext(context, () => embed(request));
    return "embedded";
  } catch (error) {
    if (error instanceof ServiceError && FINAL.has(error.code)) return "refused";
    throw error;
  }
}

/** Another attempt may find the object at another revision, and asks something else then. */
function keyOf(task: Task<Payload>, id: string, now: Doc<unknown> | undefined): string {
  const asked = JSON.stringify([task.id, id, now?.revision ?? null]);
  return `reembed/${createHash("sha256").update(asked).digest("hex")}`;
}
