import { isAnswer, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Embeddings } from "../port.ts";

/** Opens one model's embedding; asked again after it failed. */
export type Open = () => Promise<Embeddings>;

/**
 * Two models, the first before the second. Embedding and similarity are answered by the second when the first cannot,
 * or when the caller names the second's version; the reply says whose vectors they are. Search and store know the
 * first alone: vectors of two models never meet. When both fail, the first one's error stands.
 * `fellBack` hears why the first could not.
 */
export function withFallback(first: Open, second: Open, fellBack: (error: unknown) => void): Embeddings {
  const either = async <R>(ask: (side: Embeddings) => Promise<R>): Promise<R> => {
    try {
      return await ask(await first());
    } catch (error) {
      const failed = !isAnswer(error);
      if (!failed && !isAboutVersion(error)) throw error;
      const answer = await second()
        .then(ask)
        .catch(() => {
          throw error;
        });
      if (failed) fellBack(error);
      return answer;
    }
  };
  return {
    embed: (request) => either((side) => side.embed(request)),
    embedBatch: (request) => either((side) => side.embedBatch(request)),
    similarity: (request) => either((side) => side.similarity(request)),
    search: async (request) => (await first()).search(request),
    store: async (request) => (await first()).store(request),
  };
}

/** The same, opened once; a failure is not remembered. */
export function once(open: Open): Open {
  let opening: Promise<Embeddings> | undefined;
  return () => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
}

function isAboutVersion(error: unknown): boolean {
  return error instanceof ServiceError && error.violations.some(({ field }) => field === "modelVersion");
}
