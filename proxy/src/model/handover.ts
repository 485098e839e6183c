import type { Fields } from "./host.ts";
import type { Side } from "./side.ts";

/** A piece of live state that one side owns: a job, a subscription. */
export type Owned = {
  readonly id: string;
  readonly side: Side;
  /** What a flag routes it by, as the calls about it are routed. */
  readonly fields: Fields;
};

/**
 * The live state of a capability, and who owns it. Moving is a single step at the source of truth, so that at every
 * moment a piece has one owner, and needs nothing of the side that loses it.
 */
export type Handover = {
  /** As of now; of pieces that are at their end, none. */
  readonly items: () => AsyncIterable<Owned>;
  /** Does nothing where the piece is there already, or no more. Rejects with why it cannot be moved. */
  readonly move: (id: string, to: Side) => Promise<void>;
  /** How many may be moved at the same time; absent: one. */
  readonly together?: number;
  readonly close: () => Promise<void>;
};

/** Gives access to a capability's live state, by the environment of the process. */
export type OpenHandover = (env: NodeJS.ProcessEnv) => Promise<Handover>;
