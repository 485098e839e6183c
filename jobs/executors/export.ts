import { createHash } from "node:crypto";
import type { Difference, Doc, Kernel } from "@oms/data-kernel/client.ts";
import { z } from "zod";
import type { Executor, Task, Tools } from "../executor.ts";
import { commitTo } from "./commit-to.ts";
import { cut } from "./cut.ts";

const payload = z.strictObject({
  /** The ontology's branch. */
  branch: z.string().min(1).max(100).default("main"),
});
type Payload = z.infer<typeof payload>;

/** As of which commit, and how far it has come: `token` is the next page's, null after the last. */
const progress = z.object({
  at: z.string(),
  token: z.string().nullable(),
  pieces: z.int(),
  documents: z.int(),
  bytes: z.int(),
  digest: z.string(),
});
type Progress = z.infer<typeof progress>;

/** Leaves room for escapes: a character of JSON text takes three bytes at most in the text of a JSON string. */
const PIECE_LENGTH = 1_000_000;

/**
 * Writes a branch of the ontology, as of one commit, as NDJSON: a line for every document with id, type, body and
 * revision, by id. The text is the documents `Export/<execution>/<n>`, n from 0, one after the other. `digest` is a
 * chain: the SHA-256, hex, of the digest before it ("" at first) and the piece's text. Goes on where an attempt stopped:
 * a page of the kernel is the same whenever it is read, and so are its pieces.
 */
export const exportOntology: Executor<Payload> = {
  type: "export",
  payload,
  async run(task, tools) {
    let state = await beginning(task, tools);
    while (state.token !== null) {
      tools.signal.throwIfAborted();
      state = await exportPage(task, tools, state);
      await tools.checkpoint(state.token === null ? 1 : 0.5, state);
    }
    const { at, pieces, documents, bytes, digest } = state;
    return {
      branch: exportsBranch(tools.env),
      prefix: pieceId(task.id, ""),
      at,
      pieces,
      documents,
      bytes,
      digest,
    };
  },
};

const exportsBranch = (env: string) => `${env}/scheduler/exports`;
const pieceId = (execution: string, n: number | "") => `Export/${execution}/${n}`;
const sourceBranch = ({ payload: { branch } }: Task<Payload>, env: string) => `${env}/oms/${branch}`;

/** The commit is settled before anything is written as of it. */
async function beginning(task: Task<Payload>, { kernel, env, checkpoint }: Tools): Promise<Progress> {
  const known = progress.safeParse(task.checkpoint);
  if (known.success) return known.data;
  const at = await headOf(kernel, sourceBranch(task, env));
  const state = { at, token: "", pieces: 0, documents: 0, bytes: 0, digest: "" };
  await checkpoint(0, state);
  return state;
}

async function headOf(kernel: Kernel, branch: string): Promise<string> {
  const { commits } = await kernel.log({ branch, pageSize: 1 });
  return commits[0]?.id ?? "beginning";
}

async function exportPage(task: Task<Payload>, { kernel, env }: Tools, state: Progress): Promise<Progress> {
  const branch = sourceBranch(task, env);
  const page = await kernel.diff<unknown>({
    // What differs from nothing is everything.
    from: { branch, at: "beginning" },
    to: { branch, at: state.at },
    pageSize: 1000,
    ...(state.token && { pageToken: state.token }),
  });
  const lines = page.differences.flatMap(lineOf);
  let { pieces, digest, bytes } = state;
  for (const text of cut(lines.join(""), PIECE_LENGTH)) {
    await commitTo(kernel, {
      branch: exportsBranch(env),
      message: `export ${task.payload.branch}`,
      key: `${task.id}/${pieces}`,
      writes: [{ put: { id: pieceId(task.id, pieces), type: "Export", body: { text } } }],
    });
    digest = createHash("sha256").update(digest).update(text).digest("hex");
    bytes += Buffer.byteLength(text);
    pieces += 1;
  }
  const documents = state.documents + lines.length;
  return { ...state, token: page.nextPageToken ?? null, pieces, digest, bytes, documents };
}

function lineOf({ after }: Difference<unknown>): string[] {
  return after ? [`${JSON.stringify(shown(after))}\n`] : [];
}

function shown({ id, type, body, revision }: Doc<unknown>) {
  return { id, type, body, revision };
}
