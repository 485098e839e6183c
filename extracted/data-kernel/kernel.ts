import { commitFrames } from "./commit-frames.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { DEFAULT_PAGE_SIZE } from "./limits.ts";
import { readToken, writeToken } from "./page-token.ts";
import {
  branchInput,
  changesInput,
  commitInput,
  getInput,
  historyInput,
  logInput,
  queryInput,
  streamInput,
} from "./request.ts";
import { commitBytes, fitting } from "./room.ts";
import type {
  Branch,
  ChangesReply,
  Committed,
  GetReply,
  HistoryReply,
  LogReply,
  QueryReply,
  Store,
} from "./store/port.ts";
import { refuseLiveInShadow, termsOf } from "./terms.ts";
import { parse } from "./validation.ts";

type Paged<R> = Omit<R, "more"> & { readonly nextPageToken: string };

/**
 * What the kernel does, whichever way it is asked. Inputs are what came over the wire; author, trace and shadow are
 * the call context's. Throws ServiceError with the field, as `store/port.ts` and `request.ts` say.
 */
export class Kernel {
  readonly #store: Store;
  readonly #now: () => number;

  /** `now` in Unix milliseconds. */
  constructor(store: Store, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  async commit(input: unknown): Promise<Committed> {
    const { mode, at, writes, ...said } = parse(commitInput, input);
    refuseLiveInShadow(mode);
    const fingerprint = said.fingerprint || fingerprintOf(writes);
    const commit = { ...termsOf({ ...said, fingerprint }, this.#now()), writes };
    return mode === "shadow" ? this.#store.evaluate({ ...commit, at }) : this.#store.commit(commit);
  }

  commitFrames(frames: AsyncIterable<unknown>): AsyncGenerator<Committed> {
    return commitFrames(frames, { store: this.#store, now: this.#now });
  }

  async get(input: unknown): Promise<GetReply> {
    return this.#store.get(parse(getInput, input));
  }

  async query(input: unknown): Promise<Paged<QueryReply>> {
    const { pageSize: limit, pageToken, ...request } = parse(queryInput, input);
    const of = ["query", request.branch, request.type];
    const { at, after: afterId } = pageToken
      ? readToken(pageToken, of, request.at)
      : { at: request.at, after: "" };
    const { more, ...reply } = await this.#store.query({ ...request, at, afterId, limit });
    const after = reply.documents.at(-1)?.id ?? "";
    return { ...reply, nextPageToken: more ? writeToken({ of, at: reply.at, after }) : "" };
  }

  /**
   * All documents of a type, or those after an id, in frames, at least one. The frames are pages of one commit, and a commit never changes:
   * a consistent snapshot without a transaction held open, each page read when the consumer is ready for it.
   */
  async *stream(input: unknown): AsyncGenerator<Omit<QueryReply, "more">> {
    const request = parse(streamInput, input);
    let { at, afterId } = request;
    for (;;) {
      const { more, ...frame } = await this.#store.query({
        ...request,
        at,
        afterId,
        limit: DEFAULT_PAGE_SIZE,
      });
      yield frame;
      if (!more) return;
      at = frame.at;
      afterId = frame.documents.at(-1)?.id ?? "";
    }
  }

  async log(input: unknown): Promise<Paged<Omit<LogReply, "at">>> {
    const { pageSize: limit, pageToken, ...request } = parse(logInput, input);
    const of = ["log", request.branch];
    const place = pageToken ? readToken(pageToken, of, request.at) : { at: request.at, after: "" };
    const { commits: found, more, at } = await this.#store.log({ ...request, ...backFrom(place), limit });
    const commits = fitting(found, commitBytes);
    const after = String(commits.at(-1)?.sequence ?? "");
    return {
      commits,
      nextPageToken: more || commits.length < found.length ? writeToken({ of, at, after }) : "",
    };
  }

  async history(input: unknown): Promise<Paged<HistoryReply>> {
    const { pageSize: limit, pageToken, ...request } = parse(historyInput, input);
    const of = ["history", request.branch, request.id];
    const place = pageToken ? readToken(pageToken, of, request.at) : { at: request.at, after: "" };
    const { entries: found, more, at } = await this.#store.history({ ...request, ...backFrom(place), limit });
    const entries = fitting(found, ({ commit }) => commitBytes(commit));
    const after = String(entries.at(-1)?.commit.sequence ?? "");
    return {
      entries,
      at,
      nextPageToken: more || entries.length < found.length ? writeToken({ of, at, after }) : "",
    };
  }

  async changes(input: unknown): Promise<ChangesReply> {
    return this.#store.changes(parse(changesInput, input));
  }

  async createBranch(input: unknown): Promise<Branch> {
    const { mode, ...request } = parse(branchInput, input);
    refuseLiveInShadow(mode);
    const branch = { ...request, timeMs: this.#now() };
    return mode === "shadow" ? this.#store.evaluateBranch(branch) : this.#store.createBranch(branch);
  }

  listBranches(): Promise<Branch[]> {
    return this.#store.listBranches();
  }
}

/** Where a page that goes back in time goes on: as of `at`, below the last sequence shown. */
function backFrom({ at, after }: { readonly at: string; readonly after: string }) {
  return { at, beforeSequence: Number(after) || Number.MAX_SAFE_INTEGER };
}
