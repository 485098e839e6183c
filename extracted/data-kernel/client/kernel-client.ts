import { randomUUID } from "node:crypto";
import { currentContext } from "@oms/chassis/context/context.ts";
import type { KernelServiceClient } from "@oms/protos/oms/kernel/v1/kernel.ts";
import { createBranch, deleteBranch, diff, resetBranch } from "./branches.ts";
import { modeOf, nextPage } from "./call.ts";
import { sendCommit } from "./commit.ts";
import { noteRead, pinnedCommit } from "./reads.ts";
import { resumed, retryUnavailable } from "./retry.ts";
import { getSchema, updateSchema } from "./schemas.ts";
import type {
  Branch,
  Change,
  ChangesPage,
  ChangesRequest,
  CommitOutcome,
  CommitRequest,
  CreateBranchRequest,
  DeleteBranchRequest,
  DiffPage,
  DiffRequest,
  Doc,
  HistoryPage,
  HistoryRequest,
  Kernel,
  LogPage,
  LogRequest,
  QueryPage,
  QueryRequest,
  ResetBranchRequest,
  StreamRequest,
  TypeSchema,
  UpdateSchemaOutcome,
  UpdateSchemaRequest,
} from "./types.ts";
import { toChange, toCommit, toDoc, toKind } from "./wire.ts";

/** What it needs of a channel. */
export type KernelChannel = { readonly client: KernelServiceClient; readonly close: () => void };

/** The Kernel over gRPC: adds what the call context says to every request. */
export class KernelClient implements Kernel {
  readonly #channel: KernelChannel;

  constructor(channel: KernelChannel) {
    this.#channel = channel;
  }

  async commit(request: CommitRequest): Promise<CommitOutcome> {
    const context = currentContext();
    const terms = {
      branch: request.branch,
      key: request.key ?? context.key ?? randomUUID(),
      mode: modeOf(context),
      message: request.message,
      fingerprint: request.fingerprint ?? "",
      at: pinnedCommit(context, request.branch),
    };
    const reply = await retryUnavailable(() => sendCommit(this.#channel.client, terms, request));
    noteRead(context, request.branch, reply.at);
    return {
      commit: reply.commit && toCommit(reply.commit),
      changes: reply.changes.map(toChange),
      repeated: reply.repeated,
    };
  }

  async get<T>(branch: string, id: string, at?: string): Promise<Doc<T> | undefined> {
    const context = currentContext();
    const asked = { branch, id, at: at ?? pinnedCommit(context, branch) };
    const reply = await retryUnavailable(() => this.#channel.client.get(asked));
    if (at === undefined) noteRead(context, branch, reply.at);
    return reply.document && toDoc<T>(reply.document);
  }

  async query<T>(request: QueryRequest): Promise<QueryPage<T>> {
    const context = currentContext();
    const { branch, type, prefix = "", descending = false, pageSize = 0, pageToken = "" } = request;
    const free = request.at === undefined && !pageToken;
    const at = request.at ?? (free ? pinnedCommit(context, branch) : "");
    const asked = { branch, type, prefix, descending, at, pageSize, pageToken };
    const reply = await retryUnavailable(() => this.#channel.client.query(asked));
    if (free) noteRead(context, branch, reply.at);
    const documents = reply.documents.map((document) => toDoc<T>(document));
    return { documents, at: reply.at, ...nextPage(reply) };
  }

  async *stream<T>(request: StreamRequest): AsyncIterable<Doc<T>> {
    const context = currentContext();
    const { branch, type, prefix = "" } = request;
    const place = { at: request.at ?? pinnedCommit(context, branch), afterId: "" };
    const frames = resumed(() => this.#channel.client.streamQuery({ branch, type, prefix, ...place }));
    for await (const { documents, at } of frames) {
      if (request.at === undefined) noteRead(context, branch, at);
      for (const document of documents) yield toDoc<T>(document);
      place.at = at;
      place.afterId = documents.at(-1)?.id ?? place.afterId;
    }
  }

  async log(request: LogRequest): Promise<LogPage> {
    const context = currentContext();
    const { branch, pageSize, pageToken } = request;
    const free = request.at === undefined && !pageToken;
    const at = request.at ?? (free ? pinnedCommit(context, branch) : "");
    const asked = { branch, at, pageSize: pageSize ?? 0, pageToken: pageToken ?? "" };
    const reply = await retryUnavailable(() => this.#channel.client.log(asked));
    if (free) noteRead(context, branch, reply.commits[0]?.id ?? "");
    return { commits: reply.commits.map(toCommit), ...nextPage(reply) };
  }

  async history(request: HistoryRequest): Promise<HistoryPage> {
    const context = currentContext();
    const { branch, id, pageSize, pageToken } = request;
    const free = request.at === undefined && !pageToken;
    const at = request.at ?? (free ? pinnedCommit(context, branch) : "");
    const asked = { branch, id, at, pageSize: pageSize ?? 0, pageToken: pageToken ?? "" };
    const reply = await retryUnavailable(() => this.#channel.client.history(asked));
    if (free) noteRead(context, branch, reply.at);
    const entries = reply.entries.flatMap(({ commit, kind }) =>
      commit ? [{ commit: toCommit(commit), kind: toKind(kind) }] : [],
    );
    return { entries, ...nextPage(reply) };
  }

  async changes(request: ChangesRequest): Promise<ChangesPage> {
    const context = currentContext();
    const { branch, after = "", limit = 0 } = request;
    const asked = { branch, after, limit, at: pinnedCommit(context, branch) };
    const reply = await retryUnavailable(() => this.#channel.client.changes(asked));
    noteRead(context, branch, reply.head);
    const commits = reply.commits.flatMap(({ commit, changes }) =>
      commit ? [{ commit: toCommit(commit), changes: changes.map(toChange) }] : [],
    );
    const [first] = commits;
    if (reply.more && first) await this.#addRest({ ...asked, at: reply.head }, first.changes);
    return { commits, head: reply.head };
  }

  /** Adds to the first changes of the commit after `after` those that did not fit the same answer. */
  async #addRest(
    { branch, after, at }: { branch: string; after: string; at: string },
    changes: Change[],
  ): Promise<void> {
    for (let more = true; more; ) {
      const asked = { branch, after, at, limit: 1, skip: changes.length };
      const reply = await retryUnavailable(() => this.#channel.client.changes(asked));
      changes.push(...(reply.commits[0]?.changes ?? []).map(toChange));
      more = reply.more;
    }
  }

  createBranch(request: CreateBranchRequest): Promise<Branch> {
    return createBranch(this.#channel.client, request);
  }

  resetBranch(request: ResetBranchRequest): Promise<Branch> {
    return resetBranch(this.#channel.client, request);
  }

  deleteBranch(request: DeleteBranchRequest): Promise<void> {
    return deleteBranch(this.#channel.client, request);
  }

  diff<T>(request: DiffRequest): Promise<DiffPage<T>> {
    return diff(this.#channel.client, request);
  }

  async listBranches(): Promise<readonly Branch[]> {
    const reply = await retryUnavailable(() => this.#channel.client.listBranches({}));
    return reply.branches;
  }

  getSchema(branch: string, type: string, at?: string): Promise<TypeSchema | undefined> {
    return getSchema(this.#channel.client, { branch, type, at });
  }

  updateSchema(request: UpdateSchemaRequest): Promise<UpdateSchemaOutcome> {
    return updateSchema(this.#channel.client, request);
  }

  async ready(): Promise<void> {
    await this.#channel.client.listBranches({});
  }

  close(): void {
    this.#channel.close();
  }
}
