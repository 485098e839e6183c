import { commitFrames } from "../commit-frames.ts";
import { fingerprintOf } from "../fingerprint.ts";
import { readToken, writeToken } from "../page-token.ts";
import { changesInput, commitInput, historyInput, logInput } from "../request.ts";
import { commitBytes, fitting } from "../room.ts";
import type { ChangesReply, Committed, HistoryReply, LogReply, Store } from "../store/port.ts";
import { refuseLiveInShadow, termsOf } from "../terms.ts";
import { parse } from "../validation.ts";
import type { Paged } from "./paged.ts";

/** Author, trace and shadow are the call context's. */
export class Commits {
  readonly #store: Store;
  readonly #now: () => number;

  constructor(store: Store, now: () => number) {
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
}

/** Where a page that goes back in time goes on: as of `at`, below the last sequence shown. */
function backFrom({ at, after }: { readonly at: string; readonly after: string }) {
  return { at, beforeSequence: Number(after) || Number.MAX_SAFE_INTEGER };
}
