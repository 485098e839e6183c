import type { Change, Commit } from "../store/port.ts";

/** A commit with as many of its changes as one page holds, after the first `skip`. */
export type Part = {
  readonly commit: Commit;
  readonly changes: readonly Change[];
  readonly skip: number;
};

/** What a sink gets: one change of a commit, or several. */
export type Entry = {
  readonly commit: Commit;
  /** The place of its first change in the commit. */
  readonly n: number;
  /** Entries of one key arrive in order or not at all: the id of the document. */
  readonly key: string;
  readonly changes: readonly Change[];
};

/** Where an entry comes from: the log, in order; or the parked ones, long after its neighbours. */
export type Source = "log" | "parked";

/**
 * Where commits go after they were made. A delivery may come again after a crash, so repeating one must change
 * nothing more.
 */
export type Sink = {
  readonly name: string;
  /** Whether it is told of a branch's commits. */
  readonly wants: (branch: string) => boolean;
  readonly entriesOf: (part: Part) => Entry[];
  /** Entries it takes at once. */
  readonly most: number;
  /** How long entries gather before a delivery, in milliseconds. */
  readonly gatherMs: number;
  /**
   * All of them or an error: Poison when they can never be taken, anything else is worth another try. Of a sink that
   * has `last`, Poison is the first of them, and none behind it is taken.
   */
  readonly deliver: (branch: string, entries: readonly Entry[], source: Source) => Promise<void>;
  /**
   * The last entry of the branch's log that it knows to have, asked for when the line begins and after every failure; a
   * sink without a memory of its own has no such method.
   */
  readonly last?: (branch: string) => Promise<{ readonly commit: string; readonly n: number } | undefined>;
  /** All of a branch up to the commit `at` is delivered or parked, and that is written down. Never rejects. */
  readonly settled?: (branch: string, standing: Settled) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type Settled = { readonly at: string; readonly isParked: (key: string) => boolean };

/** Somebody else has gone on: the line begins again from where things are now. */
export class Overtaken extends Error {
  override readonly name = "Overtaken";
}

/** The sink will never take this entry, however often it is tried. */
export class Poison extends Error {
  override readonly name = "Poison";
}

/** Somebody else has taken the entry and has yet to bring it: asked again, the sink says more. No fault of the entry's. */
export class NotYet extends Error {
  override readonly name = "NotYet";
}
