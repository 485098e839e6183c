import type { CallContext as GrpcCall, ServerMiddleware, ServerMiddlewareCall } from "nice-grpc";
import { type CallContext, runInContext } from "../context/context.ts";
import { refuseExpired } from "../context/deadline.ts";
import { contextFromMetadata } from "../context/grpc.ts";
import { BUILD, READS } from "../context/headers.ts";
import { encodeReads } from "../context/reads.ts";
import { internal, ServiceError } from "../errors/service-error.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { inContext, type Replies } from "./replies.ts";
import { fromServerError, toServerError } from "./status.ts";
import { refuseUndecodable } from "./undecodable.ts";

type Surroundings = { readonly logger: Logger; readonly metrics: Metrics; readonly build: string };

/** Restores the caller's context around the handler, names its errors, and counts the call. */
export function serverCall({ logger, metrics, build }: Surroundings): ServerMiddleware {
  return async function* serverCallMiddleware<Request, Response>(
    call: ServerMiddlewareCall<Request, Response>,
    grpc: GrpcCall,
  ) {
    const stop = metrics.rpc.startTimer({ rpc_method: call.method.path.slice(1) });
    let context: CallContext | undefined;
    let code = "OK";
    grpc.trailer.set(BUILD, build);
    try {
      context = contextFromMetadata(grpc.metadata);
      refuseExpired(context, Date.now());
      const replies: Replies<Response> = call.next(refuseUndecodable(call.request), grpc);
      return yield* inContext(context, replies);
    } catch (error) {
      const known = nameError(error, grpc);
      code = known.code;
      logFailure(known, { logger, context, method: call.method.path });
      throw toServerError(known);
    } finally {
      if (context && context.reads.size > 0) grpc.trailer.set(READS, encodeReads(context.reads));
      stop({ rpc_response_status_code: code });
    }
  };
}

function nameError(error: unknown, grpc: GrpcCall): ServiceError {
  if (error instanceof ServiceError) return error;
  if (grpc.signal.aborted) return new ServiceError("CANCELLED", "the call was cancelled", [], error);
  return fromServerError(error) ?? internal(error);
}

/** Only what the caller could not have caused is an error of ours. */
function logFailure(
  error: ServiceError,
  call: { logger: Logger; context: CallContext | undefined; method: string },
) {
  if (error.code !== "INTERNAL") return;
  const write = () =>
    call.logger.error({ err: error.cause ?? error, method: call.method }, "the call failed");
  if (call.context) runInContext(call.context, write);
  else write();
}
