import { type CallContext, currentContext, runInContext } from "@oms/chassis/context/context.ts";
import { isAnswer, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Call } from "@oms/proxy/model/call.ts";
import type { Host } from "@oms/proxy/model/host.ts";
import { createStrangler } from "@oms/proxy/strangler.ts";

/**
 * The context each watched call was made in, for as long as the strangler holds the call. Of the others none is
 * kept: in a map of this kind every entry is work for the garbage collector.
 */
const contexts = new WeakMap<Call, CallContext>();

/**
 * The call context as the strangler sees it. A side runs in a context of its own: what it reads first is noted for
 * this call alone, and the shadow call that follows reads as of exactly that.
 */
export const host: Host = {
  fields() {
    const { author, branch, tenant } = currentContext();
    return { author, branch, ...(tenant !== undefined && { tenant }) };
  },
  key: () => currentContext().key,
  shadow: () => currentContext().shadow,
  enter(call, run) {
    const context = contextOf(call);
    if (call.watched) contexts.set(call, context);
    return runInContext(context, run);
  },
  isAnswer,
  unavailable: (failure, what) =>
    failure === "deadline"
      ? new ServiceError("DEADLINE_EXCEEDED", `${what} did not answer in time`)
      : new ServiceError("UNAVAILABLE", `${what} is not available`),
};

function contextOf({ key, deadline, shadow, watched, of }: Call): CallContext {
  const authority = of && contexts.get(of);
  const { deadline: callers, evidence: _, ...base } = authority ?? currentContext();
  const reads = new Map(shadow ? base.reads : []);
  const sooner = shadow
    ? deadline
    : Math.min(deadline ?? Number.POSITIVE_INFINITY, callers ?? Number.POSITIVE_INFINITY);
  return {
    ...base,
    key,
    shadow,
    reads,
    ...((watched || shadow) && { evidence: true }),
    ...(sooner !== undefined && Number.isFinite(sooner) && { deadline: sooner }),
  };
}

/** Cold: every call stays in-process until main starts it. */
export const strangler = createStrangler(host);
