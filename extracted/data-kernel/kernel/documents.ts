import { DEFAULT_PAGE_SIZE } from "../limits.ts";
import { readToken, writeToken } from "../page-token.ts";
import { getInput, queryInput, streamInput } from "../request.ts";
import type { GetReply, QueryReply, Store } from "../store/port.ts";
import { parse } from "../validation.ts";
import type { Paged } from "./paged.ts";

export class Documents {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async get(input: unknown): Promise<GetReply> {
    return this.#store.get(parse(getInput, input));
  }

  async query(input: unknown): Promise<Paged<QueryReply>> {
    const { pageSize: limit, pageToken, ...request } = parse(queryInput, input);
    const order = request.descending ? "descending" : "ascending";
    const of = ["query", request.branch, request.type, request.prefix, order];
    const { at, after: afterId } = pageToken
      ? readToken(pageToken, of, request.at)
      : { at: request.at, after: "" };
    const { more, ...reply } = await this.#store.query({ ...request, at, afterId, limit });
    const after = reply.documents.at(-1)?.id ?? "";
    return { ...reply, nextPageToken: more ? writeToken({ of, at: reply.at, after }) : "" };
  }

  /**
   * All documents of a type, or those after an id, in frames, at least one. The frames are pages of one commit, and a
   * commit never changes: a consistent snapshot without a transaction held open, each page read when the consumer is
   * ready for it.
   */
  async *stream(input: unknown): AsyncGenerator<Omit<QueryReply, "more">> {
    const request = parse(streamInput, input);
    let { at, afterId } = request;
    for (;;) {
      const { more, ...frame } = await this.#store.query({
        ...request,
        at,
        afterId,
        descending: false,
        limit: DEFAULT_PAGE_SIZE,
      });
      yield frame;
      if (!more) return;
      at = frame.at;
      afterId = frame.documents.at(-1)?.id ?? "";
    }
  }
}
