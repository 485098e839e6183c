import { currentContext } from "@oms/chassis/context/context.ts";
import { BUILD, READS, writeContext } from "@oms/chassis/context/headers.ts";
import { decodeReads, mergeReads } from "@oms/chassis/context/reads.ts";
import { fromProblem } from "@oms/chassis/errors/problem.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Answer, HttpService } from "@oms/proxy/http/service.ts";

export type EmbeddingRestOptions = {
  readonly url: string;
  readonly modelVersion: string;
  /** Told the build of every answer. */
  readonly answeredBy: (build: string) => void;
};

/**
 * The embedding service's own REST, as requests are routed to it. As with the stub, a service with another model is
 * UNAVAILABLE, never a mix.
 */
export function embeddingRest({ url, modelVersion, answeredBy }: EmbeddingRestOptions): HttpService {
  // The first field of every answer; to look no further costs nothing on the caller's path.
  const beginning = Buffer.from(`{"modelVersion":${JSON.stringify(modelVersion)},`);
  return {
    url: new URL(url),
    internal: (header) => header.startsWith("oms-"),
    headers: () => writeContext(currentContext()),
    answered({ [READS]: reads, [BUILD]: build }) {
      if (typeof reads === "string") mergeReads(currentContext().reads, decodeReads(reads));
      if (typeof build === "string") answeredBy(build);
    },
    errorOf(answer) {
      if (answer.status !== 200) return refusal(answer, modelVersion);
      const sound = answer.body.subarray(0, beginning.length).equals(beginning);
      return sound ? undefined : unavailable("the embedding service answered something else");
    },
    unreachable: (cause) => unavailable("the embedding service did not answer", cause),
  };
}

function refusal({ status, body }: Answer, modelVersion: string): ServiceError {
  const error = fromProblem(body.toString());
  if (!error) return unavailable(`the embedding service answered ${status} without a problem`);
  return wantsOtherModel(error, modelVersion)
    ? unavailable("the embedding service has another model loaded", error)
    : error;
}

/** Whether the service refuses the very model that OMS works with. */
function wantsOtherModel({ violations }: ServiceError, modelVersion: string): boolean {
  const wanted = violations.find(({ field }) => field === "modelVersion")?.message ?? "";
  return wanted.startsWith("must be ") && wanted !== `must be ${modelVersion}`;
}

function unavailable(message: string, cause?: unknown): ServiceError {
  return new ServiceError("UNAVAILABLE", message, [], cause);
}
