import { currentContext } from "@oms/chassis/context/context.ts";
import { traceIdOf } from "@oms/chassis/context/traceparent.ts";
import { invalid } from "@oms/chassis/errors/service-error.ts";
import type { CommitTerms } from "./store/port.ts";

type Said = Pick<CommitTerms, "branch" | "key" | "message" | "fingerprint" | "preconditions">;

/**
 * A commit's terms: what its request says, who asks in which trace, and when, in Unix milliseconds. This is all that a
 * commit takes from its call: whatever else rides along in metadata is never written down.
 */
export function termsOf(said: Said, timeMs: number): CommitTerms {
  const { branch, key, message, fingerprint, preconditions } = said;
  const { author, caller, traceparent } = currentContext();
  const traceId = traceIdOf(traceparent) ?? "";
  return {
    branch,
    key,
    message,
    fingerprint,
    preconditions,
    author,
    ...(caller && { caller: caller.service }),
    traceId,
    timeMs,
  };
}

/** A watched call writes nothing, even when its code forgets to say so. */
export function refuseLiveInShadow(mode: "live" | "shadow"): void {
  if (mode === "live" && currentContext().shadow) throw invalid("mode", "must be shadow in a shadow call");
}
