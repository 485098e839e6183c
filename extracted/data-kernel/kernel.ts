import { currentContext } from "@oms/chassis/context/context.ts";
import { traceIdOf } from "@oms/chassis/context/traceparent.ts";
import { invalid } from "@oms/chassis/errors/service-error.ts";
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
    const { mode, at, fingerprint, ...request } = parse(commitInput, input);
    const { author, traceparent, shadow } = currentContext();
    const commit = {
      ...request,
      fingerprint: fingerprint || fingerprintOf(request.writes),
      author,
      traceId: traceIdOf(traceparent) ?? "",
      timeMs: this.#now(),
    };
    refuseLiveInShadow(mode, shadow);
    return mode === "shadow" ? this.#store.evaluate({ ...commit, at }) : this.#store.commit(commit);
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
   * All documents of a type in frames, at least one. The frames are pages of one commit, and a commit never changes:
   * a consistent snapshot without a transaction held open, each page read when the consumer is ready for it.
   */
  async *stream(input: unknown): AsyncGenerator<Omit<QueryReply, "more">> {
    const request = parse(streamInput, input);
    let { at } = request;
    let afterId = "";
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
    const { commits, more, at } = await this.#store.log({ ...request, ...backFrom(place), limit });
    const after = String(commits.at(-1)?.sequence ?? "");
    return { commits, nextPageToken: more ? writeToken({ of, at, after }) : "" };
  }

  async history(input: unknown): Promise<Paged<HistoryReply>> {
    const { pageSize: limit, pageToken, ...request } = parse(historyInput, input);
    const of = ["history", request.branch, request.id];
    const place = pageToken ? readToken(pageToken, of, request.at) : { at: request.at, after: "" };
    const { entries, more, at } = await this.#store.history({ ...request, ...backFrom(place), limit });
    const after = String(entries.at(-1)?.commit.sequence ?? "");
    return { entries, at, nextPageToken: more ? writeToken({ of, at, after }) : "" };
  }

  async changes(input: unknown): Promise<ChangesReply> {
    return this.#store.changes(parse(changesInput, input));
  }

  async createBranch(input: unknown): Promise<Branch> {
    const { mode, ...request } = parse(branchInput, input);
    refuseLiveInShadow(mode, currentContext().shadow);
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

/** A watched call writes nothing, even when its code forgets to say so. */
function refuseLiveInShadow(mode: "live" | "shadow", shadow: boolean): void {
  if (shadow && mode === "live") throw invalid("mode", "must be shadow in a shadow call");
}
