import { type CallContext, currentContext, newContext, runInContext } from "@oms/chassis/context/context.ts";
import { isAnswer, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Call } from "@oms/proxy/model/call.ts";
import type { Host } from "@oms/proxy/model/host.ts";

/** As whom the relay publishes; the flag routes by it. */
const AUTHOR = "data-kernel@oms";

/** The call context as the strangler sees it. Nobody waits for the relay, and it reads nothing that a side would. */
export const host: Host = {
  fields() {
    const { author, branch } = currentContext();
    return { author, branch };
  },
  key: () => currentContext().key,
  shadow: () => currentContext().shadow,
  enter: (call, run) => runInContext(contextOf(call), run),
  isAnswer,
  unavailable: (failure, what) =>
    failure === "deadline"
      ? new ServiceError("DEADLINE_EXCEEDED", `${what} did not answer in time`)
      : new ServiceError("UNAVAILABLE", `${what} is not available`),
};

function contextOf({ key, deadline, shadow, watched }: Call): CallContext {
  const { evidence: _, ...base } = currentContext();
  return {
    ...base,
    key,
    shadow,
    ...((watched || shadow) && { evidence: true }),
    ...(deadline !== undefined && { deadline }),
  };
}

/** Runs a call of the relay's under its own name. */
export function asRelay<R>(run: () => Promise<R>): Promise<R> {
  return runInContext(newContext({ author: AUTHOR }), run);
}
