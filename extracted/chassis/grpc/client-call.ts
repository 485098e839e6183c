import type { CallOptions, ClientMiddleware, ClientMiddlewareCall, Metadata } from "nice-grpc";
import { currentContext } from "../context/context.ts";
import { refuseExpired } from "../context/deadline.ts";
import { contextToMetadata } from "../context/grpc.ts";
import { BUILD, READS } from "../context/headers.ts";
import { decodeReads, mergeReads } from "../context/reads.ts";
import type { Breaker } from "./breaker.ts";
import { type Replies, startingWith } from "./replies.ts";
import { fromClientError } from "./status.ts";

type Peer = { readonly service: string; readonly token: string | undefined };

/** Carries the context out, the trailers back, and turns whatever fails into a ServiceError. */
export function clientCall({ service, token }: Peer, sawBuild: (build: string) => void): ClientMiddleware {
  return async function* clientCallMiddleware(call, options) {
    const context = currentContext();
    const onTrailer = (trailer: Metadata) => {
      const build = trailer.get(BUILD);
      if (build !== undefined) sawBuild(build);
      mergeReads(context.reads, readsIn(trailer));
      options.onTrailer?.(trailer);
    };
    const metadata = contextToMetadata(context, options.metadata);
    if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
    try {
      refuseExpired(context, Date.now());
      return yield* call.next(call.request, { ...options, metadata, onTrailer });
    } catch (error) {
      throw fromClientError(error, service);
    }
  };
}

/** Runs unary calls, and streams up to their first message, through `breaker`. */
export function throughBreaker(breaker: Breaker): ClientMiddleware {
  return async function* breakerMiddleware<Request, Response>(
    call: ClientMiddlewareCall<Request, Response>,
    options: CallOptions,
  ) {
    refuseExpired(currentContext(), Date.now());
    const replies: Replies<Response> = call.next(call.request, options);
    const first = await breaker.run(() => replies.next());
    return yield* startingWith(first, replies);
  };
}

function readsIn(trailer: Metadata): ReadonlyMap<string, string> {
  try {
    return decodeReads(trailer.get(READS));
  } catch {
    return new Map();
  }
}
