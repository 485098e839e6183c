import { Channel, credentials, ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";
import { activeContext } from "../context/context.ts";
import { DEADLINE } from "../context/headers.ts";

/**
 * Gives the handler gRPC's own deadline under the context's name. It travelled as a duration, so it is right even
 * where the two clocks differ.
 */
export const deadlineInterceptor: ServerInterceptor = (_method, call) =>
  new ServerInterceptingCall(call, {
    start(next) {
      next({
        onReceiveMetadata(metadata, deliver) {
          const deadline = Number(call.getDeadline());
          if (Number.isFinite(deadline)) metadata.set(DEADLINE, String(Math.floor(deadline)));
          deliver(metadata);
        },
      });
    },
  });

type CreateCall = Parameters<Channel["createCall"]>;

/**
 * A channel whose calls end at the context's deadline, unary ones after `deadlineMs` at the latest. nice-grpc has no
 * way to hand a deadline down, and a timer that only cancels would not tell the server.
 */
export class DeadlineChannel extends Channel {
  readonly #deadlineMs: number;
  readonly #streams: ReadonlySet<string>;

  constructor(
    target: string,
    deadlines: { deadlineMs: number; streams: ReadonlySet<string> },
    options: object,
  ) {
    super(target, credentials.createInsecure(), options);
    this.#deadlineMs = deadlines.deadlineMs;
    this.#streams = deadlines.streams;
  }

  override createCall(
    ...[method, deadline, host, parent, flags]: CreateCall
  ): ReturnType<Channel["createCall"]> {
    const own = this.#streams.has(method) ? Number.POSITIVE_INFINITY : Date.now() + this.#deadlineMs;
    const context = activeContext()?.deadline ?? Number.POSITIVE_INFINITY;
    return super.createCall(method, Math.min(Number(deadline), own, context), host, parent, flags);
  }
}
