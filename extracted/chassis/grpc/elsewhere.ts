import type { CallOptions, ClientMiddleware, ClientMiddlewareCall } from "nice-grpc";
import { activeContext } from "../context/context.ts";
import { ServiceError } from "../errors/service-error.ts";
import type { Peers } from "./peers.ts";
import { type Replies, startingWith } from "./replies.ts";

/**
 * Makes a call that found nobody, or was cut, again as soon as there is a peer to call: the next one gets it. As often as
 * there are peers, for all may have to be found lost before one is back; never after a stream's first message, and only
 * where the .proto's `idempotency_level` says that once more does no harm.
 */
export function elsewhere(peers: Peers): ClientMiddleware {
  return async function* elsewhereMiddleware<Request, Response>(
    call: ClientMiddlewareCall<Request, Response>,
    options: CallOptions,
  ) {
    const deadline = activeContext()?.deadline ?? Number.POSITIVE_INFINITY;
    const gone = () => options.signal?.aborted === true || deadline <= Date.now();
    const repeatable = !call.requestStream && call.method.options.idempotencyLevel !== undefined;
    for (let left = repeatable ? peers.size : 0; ; left -= 1) {
      await peers.somebody(gone);
      const replies: Replies<Response> = call.next(call.request, options);
      const first = await replies.next().catch((error: unknown) => {
        if (left === 0 || !isUnavailable(error)) throw error;
      });
      if (first) return yield* startingWith(first, replies);
    }
  };
}

function isUnavailable(error: unknown): boolean {
  return error instanceof ServiceError && error.code === "UNAVAILABLE";
}
