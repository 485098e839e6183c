import type { CallContext, ServerMiddleware, ServerMiddlewareCall } from "nice-grpc";
import type { Admit } from "../context/admit.ts";
import { currentContext } from "../context/context.ts";
import { inContext, type Replies } from "./replies.ts";

/** Lets through whom `admit` admits. */
export function admission(admit: Admit): ServerMiddleware {
  return async function* admissionMiddleware<Request, Response>(
    call: ServerMiddlewareCall<Request, Response>,
    grpc: CallContext,
  ) {
    const context = admit(grpc.metadata.get("authorization"), currentContext());
    const replies: Replies<Response> = call.next(call.request, grpc);
    return yield* inContext(context, replies);
  };
}
