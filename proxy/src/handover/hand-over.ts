import type { Handover, Owned } from "../model/handover.ts";
import type { Side } from "../model/side.ts";
import { type Ownership, ownershipOf } from "./ownership.ts";

/** Passes over what is owned: what comes to be while the others are moved is found by the next one. */
const PASSES = 3;

export type Plan = {
  /** Where a piece belongs. */
  readonly belongs: (piece: Owned) => Side;
  /** Aborted, no further move is begun. */
  readonly stop: AbortSignal;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
  /** Called after every move. */
  readonly progress: (progress: Progress) => void;
};

/** Of this pass. */
export type Progress = { readonly done: number; readonly of: number; readonly elapsedMs: number };

export type Refused = { readonly id: string; readonly why: string };

/** What became of the live state of a capability. */
export type HandedOver = {
  /** What each side owns, at the last look. */
  readonly owned: Ownership["sides"];
  /** Moves made, by the side they went to. */
  readonly moved: Readonly<Record<Side, number>>;
  readonly refused: readonly Refused[];
  /** Pieces that are not where they belong, at the last look, besides those that were refused. */
  readonly elsewhere: number;
  readonly stopped: boolean;
  readonly tookMs: number;
  /** The longest move: no piece was longer between its owners. */
  readonly longestMs: number;
};

/** Moves every piece to where it belongs. Rejects when it cannot be told what there is. */
export async function handOver(handover: Handover, plan: Plan): Promise<HandedOver> {
  const began = plan.now();
  const moves = new Moves(handover, plan);
  const look = async () => {
    const { sides, elsewhere } = await ownershipOf(handover, plan.belongs);
    return { sides, elsewhere: elsewhere.filter(({ id }) => !moves.refused.has(id)) };
  };
  let found = await look();
  for (let pass = 0; pass < PASSES && found.elsewhere.length > 0 && !plan.stop.aborted; pass++) {
    await moves.make(found.elsewhere);
    found = await look();
  }
  return {
    owned: found.sides,
    moved: moves.moved,
    refused: [...moves.refused].map(([id, why]) => ({ id, why })),
    elsewhere: found.elsewhere.length,
    stopped: plan.stop.aborted && found.elsewhere.length > 0,
    tookMs: plan.now() - began,
    longestMs: moves.longestMs,
  };
}

class Moves {
  readonly moved: Record<Side, number> = { "in-process": 0, extracted: 0 };
  readonly refused = new Map<string, string>();
  longestMs = 0;
  readonly #handover: Handover;
  readonly #plan: Plan;

  constructor(handover: Handover, plan: Plan) {
    this.#handover = handover;
    this.#plan = plan;
  }

  /** Resolves when all were moved, or those that were begun before it was stopped. */
  async make(pieces: readonly Owned[]): Promise<void> {
    const { now, progress, stop } = this.#plan;
    const began = now();
    const waiting = pieces.values();
    let done = 0;
    const take = async () => {
      for (const piece of waiting) {
        if (stop.aborted) return;
        await this.#move(piece);
        done += 1;
        progress({ done, of: pieces.length, elapsedMs: now() - began });
      }
    };
    await Promise.all(Array.from({ length: this.#handover.together ?? 1 }, take));
  }

  async #move(piece: Owned): Promise<void> {
    const { belongs, now } = this.#plan;
    const to = belongs(piece);
    const began = now();
    try {
      await this.#handover.move(piece.id, to);
      this.moved[to] += 1;
      this.longestMs = Math.max(this.longestMs, now() - began);
    } catch (error) {
      this.refused.set(piece.id, error instanceof Error ? error.message : String(error));
    }
  }
}
