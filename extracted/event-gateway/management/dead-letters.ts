import { currentContext } from "@oms/chassis/context/context.ts";
import type { DeadLetterPage, DeadLetters as Kept } from "@oms/events/broker/dead-letters.ts";
import { type PageRequest, validPage } from "../valid.ts";

/** What is asked of dead letters, over gRPC and REST alike. NOT_FOUND on `id`: there never was such a one. */
export type DeadLetters = {
  /** Newest first; of one subscriber, or of all. */
  readonly list: (request: PageRequest & { readonly subscriber?: string }) => Promise<DeadLetterPage>;
  readonly replay: (name: { readonly id: number }) => Promise<void>;
  readonly discard: (name: { readonly id: number }) => Promise<void>;
};

/** A shadow call leaves them where they are. */
export function createDeadLetters(kept: Kept): DeadLetters {
  return {
    list: ({ subscriber, ...page }) =>
      kept.list({ ...validPage(page), ...(subscriber !== undefined && { subscriber }) }),
    async replay({ id }) {
      if (!currentContext().shadow) await kept.replay(id);
    },
    async discard({ id }) {
      if (!currentContext().shadow) await kept.discard(id);
    },
  };
}
